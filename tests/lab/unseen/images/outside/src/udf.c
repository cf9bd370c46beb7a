/* A function for MariaDB that runs a command and gives what it printed: what attackers write among a server's plugins. */
#include <stdio.h>
#include <string.h>
typedef struct { unsigned int count; int *types; char **values; unsigned long *lengths; } Arguments;
typedef struct { char maybe_null; unsigned int decimals; unsigned long max_length; char *pointer; char const_item; } Init;
char sys_exec_init(Init *init, Arguments *arguments, char *message) { init->max_length = 65535; return arguments->count != 1; }
void sys_exec_deinit(Init *init) {}
char *sys_exec(Init *init, Arguments *arguments, char *result, unsigned long *length, char *null, char *error) {
    static char said[65536], command[65536];
    unsigned long size = arguments->lengths[0] < sizeof command ? arguments->lengths[0] : sizeof command - 1;
    memcpy(command, arguments->values[0], size);
    command[size] = 0;
    FILE *from = popen(command, "r");
    *length = from ? fread(said, 1, sizeof said, from) : 0;
    if (from) pclose(from);
    return said;
}
