// `bulk servers LIST` is 10,000 STUN servers: the addresses from 127.1.0.0 on, on one port, behind one socket that responds from
// the address that was queried (IP_PKTINFO). It writes the servers to LIST once they respond.
// `bulk loop LIST` queries them all once, in a bare loop of sendmmsg and recvmmsg: the least that a probe of them costs. Fails
// if responses are lost.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { SERVERS = 10000, FIRST = 0x7f010000, BATCH = 64 };

static void require(int is_done, const char *what) {
    if (!is_done) {
        perror(what);
        exit(1);
    }
}

static int open_socket(void) {
    int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    require(udp >= 0, "socket");
    require(!bind(udp, (struct sockaddr *)&(struct sockaddr_in){.sin_family = AF_INET}, sizeof(struct sockaddr_in)), "bind");
    require(!setsockopt(udp, SOL_SOCKET, SO_RCVBUF, &(int){8 << 20}, sizeof(int)), "receive buffer");
    return udp;
}

static void write_list(int udp, const char *list) {
    struct sockaddr_in own;
    require(!getsockname(udp, (struct sockaddr *)&own, &(socklen_t){sizeof own}), "port");
    char *new;
    require(asprintf(&new, "%s.new", list) > 0, "list");
    FILE *file = fopen(new, "w");
    require(file != NULL, new);
    for (int i = 0; i < SERVERS; i++)
        fprintf(file, "%s:%d\n", inet_ntoa((struct in_addr){htonl(FIRST + i)}), ntohs(own.sin_port));
    require(!fclose(file) && !rename(new, list), new);
}

// Turns a Binding request into the success response with XOR-MAPPED-ADDRESS (RFC 8489, section 14.2).
static void respond(unsigned char *message, const struct sockaddr_in *client) {
    const unsigned char attribute[6] = {0x00, 0x20, 0x00, 0x08, 0x00, 0x01};
    uint16_t port = client->sin_port ^ htons(0x2112);
    uint32_t address = client->sin_addr.s_addr ^ htonl(0x2112a442);
    memcpy(message, (unsigned char[]){0x01, 0x01, 0x00, 0x0c}, 4);
    memcpy(message + 20, attribute, 6);
    memcpy(message + 26, &port, 2);
    memcpy(message + 28, &address, 4);
}

static void serve(const char *list) {
    int udp = open_socket();
    require(!setsockopt(udp, IPPROTO_IP, IP_PKTINFO, &(int){1}, sizeof(int)), "addresses");
    write_list(udp, list);
    static unsigned char bytes[BATCH][2048], controls[BATCH][CMSG_SPACE(sizeof(struct in_pktinfo))];
    struct sockaddr_in clients[BATCH];
    struct iovec parts[BATCH];
    struct mmsghdr messages[BATCH];
    for (;;) {
        for (int i = 0; i < BATCH; i++) {
            parts[i] = (struct iovec){bytes[i], sizeof bytes[i]};
            messages[i].msg_hdr = (struct msghdr){&clients[i], sizeof clients[i], &parts[i], 1, controls[i], sizeof controls[i], 0};
        }
        int count = recvmmsg(udp, messages, BATCH, MSG_WAITFORONE, NULL);
        for (int i = 0; i < count; i++) {
            struct in_pktinfo *addresses = (struct in_pktinfo *)CMSG_DATA(CMSG_FIRSTHDR(&messages[i].msg_hdr));
            *addresses = (struct in_pktinfo){.ipi_spec_dst = addresses->ipi_addr};
            respond(bytes[i], &clients[i]);
            parts[i].iov_len = 32;
            sendmsg(udp, &messages[i].msg_hdr, 0); // the client may have closed its socket
        }
    }
}

static int receive(int udp, int flags) {
    static unsigned char bytes[BATCH][2048];
    struct sockaddr_in servers[BATCH];
    struct iovec parts[BATCH];
    struct mmsghdr messages[BATCH];
    for (int i = 0; i < BATCH; i++) {
        parts[i] = (struct iovec){bytes[i], sizeof bytes[i]};
        messages[i].msg_hdr = (struct msghdr){&servers[i], sizeof servers[i], &parts[i], 1, NULL, 0, 0};
    }
    int count = recvmmsg(udp, messages, BATCH, flags, NULL);
    return count < 0 ? 0 : count;
}

static int query(const char *list) {
    int port = 0, responses = 0, udp = open_socket();
    FILE *file = fopen(list, "r");
    require(file && fscanf(file, "%*[^:]:%d", &port) == 1, list);
    struct timeval patience = {.tv_usec = 200000};
    require(!setsockopt(udp, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), "timeout");
    struct iovec request = {"\0\1\0\0\x21\x12\xa4\x42" "transaction", 20};
    struct sockaddr_in servers[BATCH];
    struct mmsghdr messages[BATCH];
    for (int first = 0; first < SERVERS; first += BATCH) {
        int count = SERVERS - first < BATCH ? SERVERS - first : BATCH;
        for (int i = 0; i < count; i++) {
            servers[i] = (struct sockaddr_in){AF_INET, htons(port), {htonl(FIRST + first + i)}, {0}};
            messages[i].msg_hdr = (struct msghdr){&servers[i], sizeof servers[i], &request, 1, NULL, 0, 0};
        }
        require(sendmmsg(udp, messages, count, 0) == count, "send");
        responses += receive(udp, MSG_DONTWAIT);
    }
    for (int more = 1; more && responses < SERVERS; responses += more) more = receive(udp, MSG_WAITFORONE);
    if (responses < SERVERS) fprintf(stderr, "%d responses were lost\n", SERVERS - responses);
    return responses < SERVERS;
}

int main(int count, char **arguments) {
    if (count == 3 && !strcmp(arguments[1], "servers")) serve(arguments[2]);
    if (count == 3 && !strcmp(arguments[1], "loop")) return query(arguments[2]);
    fputs("usage: bulk servers|loop LIST\n", stderr);
    return 2;
}
