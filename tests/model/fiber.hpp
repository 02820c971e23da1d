// SPDX-License-Identifier: BSL-1.0
// A function with a stack of its own, which goes on where it left off. One thread of the machine plays all threads of a model.
#pragma once
#include <ucontext.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#if defined(__SANITIZE_ADDRESS__)
#define MODEL_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MODEL_ASAN 1
#endif
#endif
#ifndef MODEL_ASAN
#define MODEL_ASAN 0
#endif
#if MODEL_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace model {

/// A place to go on from: that of a stack of its own after begin(), else that of the thread which switches away from it.
class Fiber {
public:
    /// The next switch to it calls fn(arg), which must not return. What ran here before is forgotten, its objects are not destroyed.
    void begin(void (*fn)(void*), void* arg) {
        if (not stack_) stack_.reset(new unsigned char[stack_size]); // not filled
#if MODEL_ASAN
        ASAN_UNPOISON_MEMORY_REGION(stack_.get(), stack_size);
#endif
        fn_ = fn;
        arg_ = arg;
#if MODEL_ASAN
        fake_stack_ = nullptr;
#endif
        ::getcontext(&context_);
        context_.uc_stack.ss_sp = stack_.get();
        context_.uc_stack.ss_size = stack_size;
        context_.uc_link = nullptr;
        const auto self = reinterpret_cast<std::uintptr_t>(this);
        ::makecontext(&context_, reinterpret_cast<void (*)()>(&Fiber::enter), 2, static_cast<unsigned>(self >> 32U), static_cast<unsigned>(self));
    }
    /// Leaves `from`, which is running, and goes on here; returns when somebody switches back.
    void switch_from(Fiber& from) {
#if MODEL_ASAN
        __sanitizer_start_switch_fiber(&from.fake_stack_, stack_ ? stack_.get() : bottom_, stack_ ? stack_size : size_);
        came_from_ = &from;
#endif
        ::swapcontext(&from.context_, &context_);
        from.arrived();
    }

private:
    static constexpr std::size_t stack_size = std::size_t{256} * 1024;

    static void enter(unsigned high, unsigned low) {
        auto* const self = reinterpret_cast<Fiber*>(std::uintptr_t{high} << 32U | low);
        self->arrived();
        self->fn_(self->arg_);
    }
    void arrived() {
#if MODEL_ASAN
        const void* bottom = nullptr;
        std::size_t size = 0;
        __sanitizer_finish_switch_fiber(fake_stack_, &bottom, &size);
        if (came_from_ != nullptr && not came_from_->stack_) came_from_->bottom_ = bottom, came_from_->size_ = size;
#endif
    }

    ucontext_t context_{};
    std::unique_ptr<unsigned char[]> stack_;
    void (*fn_)(void*) = nullptr;
    void* arg_ = nullptr;
#if MODEL_ASAN
    void* fake_stack_ = nullptr;
    Fiber* came_from_ = nullptr;
    const void* bottom_ = nullptr; // of the thread's own stack
    std::size_t size_ = 0;
#endif
};

} // namespace model
