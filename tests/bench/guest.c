// The command of the boxes that are measured: costs as little as a program can.
//
//   guest        ends at once, as true(1)
//   guest FIFO   writes one byte there, so that whoever counts them knows that this box is up, and
//                stays until it is killed
#include <fcntl.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc < 2) return 0;
  const int fd = open(argv[1], O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, ".", 1) != 1) return 1;
  close(fd);
  for (;;) pause();
}
