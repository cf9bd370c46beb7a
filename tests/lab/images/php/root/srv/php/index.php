<?php
// Lists what has been uploaded, beside the goods that the API knows.
$goods = @file_get_contents('http://api:8000/items');
echo "<ul>";
foreach (glob('uploads/*') as $file) { echo '<li>' . htmlspecialchars($file); }
echo "</ul>" . htmlspecialchars((string) $goods);
