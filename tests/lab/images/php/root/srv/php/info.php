<?php
// An operator's page.
echo php_uname('s'), ' ', phpversion(), ' ', ini_get('memory_limit'), ' ', gethostbyname('cache'), "\n";
