#!/usr/bin/perl
print "Content-Type: text/plain\n\n";
open my $load, '<', '/proc/loadavg' or die;
print <$load>, `df -P /srv`, `ls /srv/www/pages | wc -l`;
