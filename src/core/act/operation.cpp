#include "operation.hpp"

namespace hb::core {

void Operation::begin(OperationId id, Kind kind, ResourceId first, ResourceId last, Instant limit) {
    id_ = id;
    kind_ = kind;
    first_ = first;
    last_ = last;
    deadline_ = limit;
    answers_ = 0;
    failed_ = says_stopped_ = false;
}

bool Operation::answered(ResourceId resource, Outcome outcome) {
    if (kind_ == Kind::status) {
        says_stopped_ = outcome == Outcome::failed;
    } else if (outcome != Outcome::ok) {
        failed_ = true;
        bad_ = resource;
    }
    return ++answers_ == last_.index() - first_.index() + 1;
}

void Operation::time_out() {
    failed_ = true;
    bad_ = last_;
}

void Operation::end() {
    id_ = 0;
    deadline_ = never;
}

}  // namespace hb::core
