// SPDX-License-Identifier: BSL-1.0
// How does a job live in a loop that is not weir's: of a game, a window, a socket library? As a stepper.
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <functional>

int main() {
    weir::SpscQueue<int> keys{64};

    // No thread is started and nothing sleeps: each step handles at most so many of the events that are there, and returns.
    weir::Stepper stepper = weir::stepper(weir::from(keys)
                                          | weir::filter([](int key) { return key != 0; })
                                          | weir::scan(0, std::plus<>())
                                          | weir::for_each([](int sum) { fmt::print("  the sum is {}\n", sum); }));

    for (int frame = 1;; ++frame) {
        fmt::print("frame {}\n", frame);
        if (frame == 1) {
            keys.push(3);
            keys.push(0);
        }
        if (frame == 3) {
            keys.push(4);
            keys.close(); // the job ends behind this event
        }
        if (stepper.step(256) == weir::Progress::ended) break;
        // ... draw, poll sockets, whatever the loop is for
        if (frame == 100) stepper.stop(); // a loop that must end whatever happens
    }
}

// Output:
// frame 1
//   the sum is 3
// frame 2
// frame 3
//   the sum is 7
// frame 4
