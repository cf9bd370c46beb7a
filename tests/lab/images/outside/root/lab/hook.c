/* A library for LD_PRELOAD that does nothing but be there. */
#include <unistd.h>
__attribute__((constructor)) static void loaded(void) { (void)getppid(); }
