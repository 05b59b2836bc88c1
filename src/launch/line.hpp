// The launcher's end of the packet socket (init/protocol.hpp).
#pragma once

#include "init/protocol.hpp"
#include "util/fd.hpp"

namespace devbox::launch {

class Line {
 public:
  // Throws Error.
  Line();

  int ours() const { return ours_.get(); }      // borrowed; close-on-exec
  int theirs() const { return theirs_.get(); }  // borrowed; close-on-exec
  void drop_theirs() { theirs_.reset(); }       // once the child has its copy
  void hang_up() { ours_.reset(); }

  // What comes next; where the other side is gone, `failed` at Step::handshake with ECANCELED.
  init::Message receive() const;

  // Nothing where the other side is gone.
  void tell(init::Say what, int value = 0) const;
  void tell_no_more() const;  // the other side sees the end

 private:
  Fd ours_;
  Fd theirs_;
};

}  // namespace devbox::launch
