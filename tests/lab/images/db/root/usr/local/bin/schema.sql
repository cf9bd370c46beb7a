ALTER USER postgres PASSWORD 'postgres';
CREATE USER app PASSWORD 'app';
CREATE DATABASE app OWNER app;
\connect app
SET ROLE app;
CREATE TABLE items (id serial PRIMARY KEY, name text, price int, stock int DEFAULT 100);
CREATE TABLE orders (id serial PRIMARY KEY, item int, at timestamptz DEFAULT now());
INSERT INTO items (name, price) SELECT 'item ' || n, n % 50 FROM generate_series(1, 200) n;
