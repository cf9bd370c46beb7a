<?php
// Keeps any file under the name it came with, which is the hole that scenarios come in through.
$name = basename($_GET['name']);
file_put_contents("uploads/$name", file_get_contents('php://input'));
echo "kept $name\n";
