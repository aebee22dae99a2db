// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>

namespace dcm::app {

/// Does `work` on up to `size` threads at once, at least on one, and returns when all are done.
/// Meanwhile `tick` is called a few times a second on the calling thread. `on_broken` is called
/// where a thread ends by an exception - for want of memory, or what a library throws - or where
/// not one could be started; it may come from any thread.
void run_crew(std::size_t size, const std::function<void()>& work,
              const std::function<void()>& tick, const std::function<void()>& on_broken);

}  // namespace dcm::app
