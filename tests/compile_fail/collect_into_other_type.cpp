// expect: collect_into\(container\): the container cannot take this pipeline's events with push_back, insert or push\. Its value type must be made from an event's value, or be Event<T>\.
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <string>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
#ifdef FIXED
    std::vector<int> out;
#else
    std::vector<std::string> out;
#endif
    weir::run(weir::from(numbers) | weir::collect_into(out));
}
