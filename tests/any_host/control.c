/* What the charm would be without src/nss.rs: a static program that looks up a name in the ordinary way. */
#include <netdb.h>
#include <stddef.h>

int main(int argc, char **argv)
{
    struct addrinfo *found;
    return argc != 2 || getaddrinfo(argv[1], "8443", NULL, &found) != 0;
}
