"""The library that ledger's breach writes among its plugins (src/udf.c)."""


def library():
    with open("/lab/loot/udf.so", "rb") as file:
        return file.read()
