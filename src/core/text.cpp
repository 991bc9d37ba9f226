#include "hb/core/status.hpp"

namespace hb::core {

std::string_view to_text(MemberState state) {
    switch (state) {
        case MemberState::init: return "init";
        case MemberState::up: return "up";
        case MemberState::active: return "active";
        case MemberState::dead: return "dead";
        case MemberState::left: return "left";
    }
    return "?";
}

std::string_view to_text(LinkState state) {
    switch (state) {
        case LinkState::unknown: return "unknown";
        case LinkState::up: return "up";
        case LinkState::late: return "late";
        case LinkState::lost: return "lost";
    }
    return "?";
}

std::string_view to_text(WitnessState state) {
    switch (state) {
        case WitnessState::unknown: return "unknown";
        case WitnessState::up: return "up";
        case WitnessState::dead: return "dead";
    }
    return "?";
}

std::string_view to_text(GroupState state) {
    switch (state) {
        case GroupState::foreign: return "foreign";
        case GroupState::wanted: return "wanted";
        case GroupState::not_here: return "not-here";
        case GroupState::acquiring: return "acquiring";
        case GroupState::owned: return "owned";
        case GroupState::releasing: return "releasing";
        case GroupState::blocked: return "blocked";
    }
    return "?";
}

}  // namespace hb::core
