// A program of the build: writes the filters of security.seccomp as arrays of BPF instructions.
//
//   compile_filters OUTPUT
//
// `standard` is a deny list: what only an attacker or an administrator calls. Namespaces, mounts,
// ptrace, perf_event_open and personality stay allowed: nesting, gdb, perf and setarch are a
// developer's tools. `strict` is an allow list in the manner of docker's default, without
// namespaces; it is installed beside `standard`, which forbids what an allow list cannot: two
// requests of one call by half of an argument.
//
// `devices` and `ownership` are no protection: they answer 0, and do nothing, to what a package
// manager asks and an unprivileged user cannot do, so that a root filesystem can be made all the
// same (as charliecloud does).

#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "kernel/seccomp/lists.hpp"

namespace {

// A failed rule would be a hole in the filter: the build stops.
void require(int result, const std::string& what) {
  if (result >= 0) return;
  std::fprintf(stderr, "compile_filters: %s: error %d\n", what.c_str(), -result);
  std::exit(1);
}

// Calls come in through int 0x80 and the x32 table too.
void add_architectures(scmp_filter_ctx filter) {
#if defined(__x86_64__)
  require(seccomp_arch_add(filter, SCMP_ARCH_X86), "add i386");
  require(seccomp_arch_add(filter, SCMP_ARCH_X32), "add x32");
#endif
  require(seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)),
          "set the other architectures' action");
  // A binary tree over the numbers: half the start's cost of a list, and less for every call.
  require(seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimise");
}

int number(const char* name) {
  const int resolved = seccomp_syscall_resolve_name(name);
  if (resolved == __NR_SCMP_ERROR)
    require(-EINVAL, std::string("no system call is called ") + name);
  return resolved;
}

// What a terminal's owner alone may do to it. The kernel reads 32 bits of the request, so the upper
// ones must not decide (bubblewrap's CVE-2017-5226, snapd's CVE-2023-1523).
void forbid_terminal_injection(scmp_filter_ctx filter) {
  for (const unsigned long request :
       {static_cast<unsigned long>(TIOCSTI), static_cast<unsigned long>(TIOCLINUX)}) {
    require(seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number("ioctl"), 1,
                             SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffffUL, request)),
            "forbid a terminal request");
  }
}

scmp_filter_ctx allow_all() {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  if (filter == nullptr) require(-ENOMEM, "make a filter");
  add_architectures(filter);
  return filter;
}

scmp_filter_ctx standard_filter() {
  scmp_filter_ctx filter = allow_all();
  for (const char* name : kForbidden) {
    require(seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number(name), 0), name);
  }
  forbid_terminal_injection(filter);
  return filter;
}

// clone3 hides its flags behind a pointer: it keeps the filter's own answer, ENOSYS, which makes
// libc fall back to clone, whose flags are read.
void allow_processes_without_namespaces(scmp_filter_ctx filter) {
  constexpr unsigned long kNamespaces =
      0x7e020000UL;  // CLONE_NEW* but for CLONE_NEWTIME, which is not clone's
  require(seccomp_rule_add(filter, SCMP_ACT_ALLOW, number("clone"), 1,
                           SCMP_A0(SCMP_CMP_MASKED_EQ, kNamespaces, 0)),
          "allow clone");
}

void allow_some_personalities(scmp_filter_ctx filter) {
  // personality(2): what setarch -R and the historic default ask for, and the question.
  for (const unsigned long persona :
       {0x0UL, 0x0008UL, 0x20000UL, 0x20008UL, 0x40000UL, 0xffffffffUL}) {
    require(seccomp_rule_add(filter, SCMP_ACT_ALLOW, number("personality"), 1,
                             SCMP_A0(SCMP_CMP_EQ, persona)),
            "allow a personality");
  }
}

scmp_filter_ctx strict_filter() {
  // A call that is newer than these lists answers ENOSYS, so that libc falls back; a known one
  // EPERM.
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
  if (filter == nullptr) require(-ENOMEM, "make a filter");
  add_architectures(filter);
  std::set<std::string> decided = {"clone", "clone3", "personality"};
  for (const char* name : kAllowedStrictly) {
    const int resolved = seccomp_syscall_resolve_name(name);
    if (resolved == __NR_SCMP_ERROR)
      continue;  // newer than this libseccomp: ENOSYS is right for it
    require(seccomp_rule_add(filter, SCMP_ACT_ALLOW, resolved, 0), name);
    decided.insert(name);
  }
  allow_processes_without_namespaces(filter);
  allow_some_personalities(filter);
  for (int nr = 0; nr < 600; ++nr) {
    char* name = seccomp_syscall_resolve_num_arch(seccomp_arch_native(), nr);
    if (name != nullptr && !decided.contains(name)) {
      require(seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), nr, 0), name);
    }
    std::free(name);
  }
  return filter;
}

// mknod(2) of a device; of a FIFO, a socket and a file it is real.
void pretend_to_make_devices(scmp_filter_ctx filter) {
  for (const unsigned long kind : {0020000UL, 0060000UL}) {  // S_IFCHR, S_IFBLK
    require(seccomp_rule_add(filter, SCMP_ACT_ERRNO(0), number("mknod"), 1,
                             SCMP_A1(SCMP_CMP_MASKED_EQ, 0170000UL, kind)),
            "pretend mknod");
    require(seccomp_rule_add(filter, SCMP_ACT_ERRNO(0), number("mknodat"), 1,
                             SCMP_A2(SCMP_CMP_MASKED_EQ, 0170000UL, kind)),
            "pretend mknodat");
  }
}

scmp_filter_ctx devices_filter() {
  scmp_filter_ctx filter = allow_all();
  pretend_to_make_devices(filter);
  return filter;
}

scmp_filter_ctx ownership_filter() {
  scmp_filter_ctx filter = allow_all();
  pretend_to_make_devices(filter);
  for (const char* name : kOwnership)
    require(seccomp_rule_add(filter, SCMP_ACT_ERRNO(0), number(name), 0), name);
  return filter;
}

struct Instruction {
  unsigned short code;
  unsigned char jump_true;
  unsigned char jump_false;
  unsigned int operand;
};

std::vector<Instruction> compile(scmp_filter_ctx filter) {
  const int fd = memfd_create("filter", MFD_CLOEXEC);
  require(fd, "make a memory file");
  require(seccomp_export_bpf(filter, fd), "export the filter");
  std::vector<Instruction> program(static_cast<std::size_t>(lseek(fd, 0, SEEK_END)) /
                                   sizeof(Instruction));
  const auto bytes = static_cast<ssize_t>(program.size() * sizeof(Instruction));
  require(pread(fd, program.data(), static_cast<std::size_t>(bytes), 0) == bytes ? 0 : -EIO,
          "read the filter");
  close(fd);
  seccomp_release(filter);
  return program;
}

void print(std::FILE* out, const char* name, const std::vector<Instruction>& program) {
  std::fprintf(out, "constexpr struct sock_filter %s[] = {\n", name);
  for (const Instruction& i : program) {
    std::fprintf(out, "    {0x%02x, %u, %u, 0x%08x},\n", i.code, i.jump_true, i.jump_false,
                 i.operand);
  }
  std::fprintf(out, "};\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: compile_filters OUTPUT\n");
    return 2;
  }
  std::FILE* out = std::fopen(argv[1], "we");
  require(out == nullptr ? -errno : 0, argv[1]);
  print(out, "kStandardFilter", compile(standard_filter()));
  print(out, "kStrictFilter", compile(strict_filter()));
  print(out, "kDevicesFilter", compile(devices_filter()));
  print(out, "kOwnershipFilter", compile(ownership_filter()));
  require(std::fclose(out) == 0 ? 0 : -EIO, argv[1]);
  return 0;
}
