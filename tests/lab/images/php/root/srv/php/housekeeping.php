<?php
// Removes old uploads, the newest 20 excepted; packs a list of the rest.
$files = glob('/srv/php/uploads/*.txt');
usort($files, fn($a, $b) => filemtime($b) <=> filemtime($a));
array_map('unlink', array_slice($files, 20));
exec('tar czf /tmp/uploads-' . date('His') . '.tgz -C /srv/php uploads');
foreach (array_slice(glob('/tmp/uploads-*.tgz'), 0, -3) as $old) { unlink($old); }
