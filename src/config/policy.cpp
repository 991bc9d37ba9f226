#include "config/policy.hpp"

#include <algorithm>
#include <map>

#include "config/value.hpp"
#include "hb/base/text.hpp"

namespace hb::config {
namespace {

void unknown_key(const Policy& policy, const Config& config, Report& report) {
    std::vector<std::string_view> keys(config.groups.size());
    std::transform(config.groups.begin(), config.groups.end(), keys.begin(),
                   [](const Group& group) { return std::string_view{group.key}; });
    const std::string_view like = nearest(policy.key.text, keys);
    report.error(policy.key, concat("no group of haresources begins with [", shown(policy.key.text), "]"),
                 like.empty() ? std::string{"a group is named by its first resource, as it is written there; "
                                            "`hbctl status` shows the groups"}
                              : concat("did you mean `", like, "`?"));
}

}  // namespace

bool must_run_once(std::string_view script) {
    constexpr std::string_view harmless[] = {"IPaddr", "IPaddr2", "IPv6addr", "IPsrcaddr",   "SendArp",
                                             "MailTo", "Delay",   "WinPopup", "AudibleAlarm"};
    return std::find(std::begin(harmless), std::end(harmless), script) == std::end(harmless);
}

void set_policies(std::span<const Policy> policies, Config& config, Report& report) {
    std::map<std::string_view, bool> said;
    for (const Policy& policy : policies) {
        const auto group = std::find_if(config.groups.begin(), config.groups.end(),
                                        [&](const Group& g) { return g.key == policy.key.text; });
        if (group == config.groups.end()) {
            unknown_key(policy, config, report);
            continue;
        }
        const auto [earlier, is_new] = said.try_emplace(policy.key.text, policy.exclusive);
        if (!is_new && earlier->second != policy.exclusive)
            report.error(policy.key,
                         concat("group [", shown(policy.key.text),
                                "] is under at_most_one and "
                                "under at_least_one"),
                         "remove one of them");
        else if (!is_new)
            report.warning(policy.key, concat("group [", shown(policy.key.text), "] is named twice"),
                           "remove one of them");
        group->exclusive = policy.exclusive;
    }
}

}  // namespace hb::config
