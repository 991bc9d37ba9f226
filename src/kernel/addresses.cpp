#include "hb/kernel/addresses.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "hb/base/invariant.hpp"
#include "hb/net/questions.hpp"
#include "hb/net/rtmessage.hpp"
#include "kernel/events.hpp"
#include "kernel/promote.hpp"

/// The half of Addresses that acts.
namespace hb::kernel {
namespace {

constexpr std::size_t longest_label = 15;  // IFNAMSIZ, its zero octet taken off

bool running_kernel_keeps_marks() {
    utsname name{};
    return ::uname(&name) == 0 && keeps_marks(name.release);
}

std::string with_bits(const AddressKey& key) { return to_text(key.address) + "/" + std::to_string(key.bits); }

std::string reason(const Acknowledgement& acknowledgement) {
    const std::string code = std::strerror(acknowledgement.code);
    return acknowledgement.text.empty() ? code : code + " (" + acknowledgement.text + ")";
}

void append(std::string& detail, std::string_view more) {
    if (!detail.empty()) detail += "; ";
    detail += more;
}

/// Calls `part` for each run of at most netlink_batch elements.
template <class Part>
void in_batches(std::span<const ResourceId> all, Part part) {
    while (!all.empty()) {
        const std::size_t n = std::min(all.size(), netlink_batch);
        part(all.first(n));
        all = all.subspan(n);
    }
}

}  // namespace

struct Addresses::Work {
    Batch batch;
    std::vector<Answer> answers;
    struct Sent {
        std::size_t answer;
        Choice choice;
    };
    std::vector<Sent> sent;  ///< by message
    Instant expires = never;
    std::vector<Announcer::Claim> claims;
    std::vector<Ipv4> from_loopback;     ///< copies to take away before the batch, or to put back after it
    std::map<int, unsigned> next_label;  ///< by interface: labels below are given away in this batch

    void claim(const Interface* interface, Ipv4 address) {
        if (interface != nullptr && interface->ethernet)
            claims.push_back({interface->index, interface->mac, address});
    }
};

Addresses::Addresses(const config::Config& config, Announcer& announcer, Sink sink, Files files)
    : config_(&config), announcer_(announcer), sink_(std::move(sink)), conf_(std::move(files.conf)),
      loopback_(std::move(files.loopback)), mine_(config.resources.size()) {}

bool Addresses::ours(ResourceId resource) const { return mine_[resource.index()].ours; }

const config::AddressSpec& Addresses::spec_of(ResourceId resource) const {
    const config::Resource& found = config_->resources[resource.index()];
    invariant(found.kind == config::Resource::Kind::address);
    return found.address;
}

void Addresses::keep(ResourceId resource, const Choice& choice, Instant expires) {
    forget(resource);
    Mine& mine = mine_[resource.index()];
    mine.ours = true;
    mine.key = choice.key;
    mine.broadcast = choice.broadcast;
    mine.expires = expires;
    mine.home = choice.key.ifindex;
    owners_[choice.key] = resource;
    homes_changed_ = true;
}

// Where it was is remembered.
void Addresses::forget(ResourceId resource) {
    Mine& mine = mine_[resource.index()];
    if (!mine.held()) return;
    owners_.erase(mine.key);
    mine.ours = mine.found = false;
    mine.expires = never;
}

std::vector<Acknowledgement> Addresses::carry_out(Work& work) {
    auto acknowledgements = netlink_.send(work.batch);
    const auto unknown = [](const Acknowledgement& acknowledgement) { return !acknowledgement.answered; };
    // Whoever was not answered is judged by what is there now.
    if (std::any_of(acknowledgements.begin(), acknowledgements.end(), unknown)) refresh();
    return acknowledgements;
}

// --- add

void Addresses::add(std::span<const ResourceId> resources, const Answered& answered) {
    std::erase_if(promotes_, [](const auto& known) { return !known.second; });
    refresh();
    read_default_routes();
    in_batches(resources, [&](std::span<const ResourceId> part) { add_batch(part, answered); });
    tell_neighbours();
}

void Addresses::add_batch(std::span<const ResourceId> resources, const Answered& answered) {
    Work work;
    for (const ResourceId resource : resources) prepare_add(work, resource);
    clear_loopback(work);
    if (work.batch.size() > 0) work.expires = begin_lifetime();
    const auto acknowledgements = carry_out(work);
    for (std::size_t i = 0; i < acknowledgements.size(); ++i) judge_add(work, i, acknowledgements[i]);
    announcer_.announce(work.claims);
    added_.insert(added_.end(), work.claims.begin(), work.claims.end());
    refresh();
    answered(work.answers);
}

void Addresses::prepare_add(Work& work, ResourceId resource) {
    const config::AddressSpec& spec = spec_of(resource);
    Answer& answer = work.answers.emplace_back();
    answer.resource = resource;
    if (answer_held(answer)) {
        const AddressKey& key = mine_[resource.index()].key;
        return work.claim(mirror_.interface(key.ifindex), key.address);
    }
    const auto choice = choose(resource, answer.detail);
    if (!choice) {
        answer.interface = spec.interface;
        answer.detail = to_text(choice.error());
        return;
    }
    const Interface& interface = *mirror_.interface(choice->key.ifindex);
    answer.interface = interface.name;
    if (const KernelAddress* there = mirror_.find(spec.address, interface.index))
        return leave_found(work, answer, *there);
    for (const auto& [index, other] : mirror_.interfaces()) {
        if (index == interface.index || mirror_.find(spec.address, index) == nullptr) continue;
        if (other.loopback)
            work.from_loopback.push_back(spec.address);
        else
            append(answer.detail, to_text(spec.address) + " is on " + other.name + " too, and is left there");
    }
    answer.label = choose_label(work, spec, interface, answer.detail);
    if (answer.label.size() > longest_label) {
        answer.detail = "label " + answer.label + " is longer than the 15 characters that the kernel takes";
        return;
    }
    nlmsghdr* message = work.batch.next();
    encode_add(message, {.key = choice->key,
                         .broadcast = choice->broadcast,
                         .label = answer.label,
                         .lifetime = config_->address_lifetime});
    work.batch.commit(message);
    work.sent.push_back({work.answers.size() - 1, *choice});
}

/// True, and answered, if it is held already, and there.
bool Addresses::answer_held(Answer& answer) {
    const Mine& mine = mine_[answer.resource.index()];
    const KernelAddress* there = mine.held() ? mirror_.find(mine.key) : nullptr;
    if (there == nullptr) return false;
    const Interface* interface = mirror_.interface(there->key.ifindex);
    answer.outcome = core::Outcome::ok;
    answer.already_there = true;
    answer.interface = interface == nullptr ? "" : interface->name;
    answer.label = there->label == answer.interface ? "" : there->label;
    return true;
}

/// Where it belongs it is there already. What an earlier daemon has left there is ours, and so is what would end by
/// itself: it must live on. What somebody has put there for good is served, and stays his.
void Addresses::leave_found(Work& work, Answer& answer, const KernelAddress& there) {
    answer.label = there.label == answer.interface ? "" : there.label;
    const bool is_anothers = owners_.contains(there.key);
    if (!is_anothers && (there.mark == our_mark || !there.permanent)) {
        nlmsghdr* message = work.batch.next();
        encode_prolong(message, there.key, config_->address_lifetime);
        work.batch.commit(message);
        work.sent.push_back({work.answers.size() - 1, {there.key, there.broadcast}});
        append(answer.detail,
               with_bits(there.key) + " was there before, and would have ended; it is held now");
        return;
    }
    forget(answer.resource);
    answer.outcome = core::Outcome::ok;
    answer.already_there = true;
    work.claim(mirror_.interface(there.key.ifindex), there.key.address);
    append(answer.detail,
           with_bits(there.key) + " was there before, on " + answer.interface + ", and will be left there");
    if (is_anothers) return;
    Mine& mine = mine_[answer.resource.index()];
    mine.found = true;
    mine.key = there.key;
    mine.broadcast = there.broadcast;
    owners_[there.key] = answer.resource;
    homes_changed_ = true;
}

Result<config::Place> Addresses::place(ResourceId resource) {
    Mine& mine = mine_[resource.index()];
    const auto ask = [&](Ipv4 address, int ifindex) -> Result<std::optional<Route>> {
        if (mine.asked == routes_) return mine.route;
        auto route = route_to(netlink_, address, ifindex);
        if (!route) return route;
        mine.asked = routes_;
        return mine.route = *route;
    };
    return config::place(spec_of(resource), mirror_, service_test(), ask);
}

/// What another program has removed goes back to where it was, though no route may lead there at this moment.
Result<Addresses::Choice> Addresses::choose(ResourceId resource, std::string& detail) {
    const config::AddressSpec& spec = spec_of(resource);
    const Mine& mine = mine_[resource.index()];
    const bool was_there = mine.key.ifindex != 0 && mirror_.interface(mine.key.ifindex) != nullptr;
    Choice choice{.key = mine.key, .broadcast = mine.broadcast};
    if (!mine.held() || !was_there) {
        const auto found = place(resource);
        if (!found && !was_there) return found.error();
        if (found) choice = {{spec.address, found->ifindex, found->bits}, found->broadcast};
        if (auto why = why_forbidden(spec.address, choice.key.ifindex); !why.empty())
            return Error{why + "; it is not served", 0};
    }
    const Interface* interface = mirror_.interface(choice.key.ifindex);
    if (interface == nullptr)
        return Error{"the interface of the route to " + to_text(spec.address) + " is gone", 0};
    if (!interface->up) return Error{"interface " + interface->name + " is down", 0};
    if (!interface->carrier) append(detail, "interface " + interface->name + " has no carrier");
    if (choice.key.bits < 32 && !promote(*interface)) {
        choice.key.bits = 32;
        if (!spec.broadcast) choice.broadcast = {};
        append(detail,
               "added with 32 bits, because promote_secondaries of " + interface->name + " cannot be set");
    }
    return choice;
}

std::string Addresses::choose_label(Work& work, const config::AddressSpec& spec, const Interface& interface,
                                    std::string& detail) {
    if (!spec.label.empty()) return interface.name + ":" + spec.label;
    if (!spec.alias_label) return {};
    unsigned& next = work.next_label[interface.index];
    const unsigned number = mirror_.free_label(interface.index, next);
    std::string label = interface.name + ":" + std::to_string(number);
    if (label.size() > longest_label) {
        append(detail, "no label, because " + label + " would be longer than 15 characters");
        return {};
    }
    next = number + 1;
    return label;
}

void Addresses::judge_add(Work& work, std::size_t message, const Acknowledgement& acknowledgement) {
    const Work::Sent& sent = work.sent[message];
    Answer& answer = work.answers[sent.answer];
    const bool worked =
        acknowledgement.answered ? acknowledgement.code == 0 : mirror_.find(sent.choice.key) != nullptr;
    if (worked) {
        answer.outcome = core::Outcome::ok;
        keep(answer.resource, sent.choice, work.expires);
        work.claim(mirror_.interface(sent.choice.key.ifindex), sent.choice.key.address);
    } else if (!acknowledgement.answered) {
        answer.outcome = core::Outcome::timed_out;
        answer.detail = "the kernel has not answered within 2 s";
    } else if (acknowledgement.code ==
               EEXIST) {  // added by another since we looked, or named twice in haresources
        answer.outcome = core::Outcome::ok;
        answer.already_there = true;
        answer.label.clear();
        forget(answer.resource);
        answer.detail = with_bits(sent.choice.key) + " was there before, on " + answer.interface +
                        ", and will be left there";
    } else {
        answer.detail = "cannot add " + with_bits(sent.choice.key) + " to " + answer.interface + ": " +
                        reason(acknowledgement);
    }
}

bool Addresses::promote(const Interface& interface) {
    if (const auto known = promotes_.find(interface.index); known != promotes_.end()) return known->second;
    const Promotion promotion = promote_secondaries(conf_, interface.name);
    if (promotion == Promotion::set_now) sink_(say::promotes_now, {interface.name});
    if (promotion == Promotion::refused && promotion_told_.insert(interface.index).second)
        sink_(say::promotes_never, {interface.name});
    return promotes_[interface.index] = promotion != Promotion::refused;
}

// --- remove

void Addresses::remove(std::span<const ResourceId> resources, const Answered& answered) {
    promotes_.clear();  // somebody may have reset one, and here it matters
    refresh();
    // Secondaries first: with each deleted primary the kernel goes through all that are left.
    std::vector<ResourceId> ordered(resources.begin(), resources.end());
    std::stable_partition(ordered.begin(), ordered.end(), [this](ResourceId resource) {
        const KernelAddress* there = mirror_.find(mine_[resource.index()].key);
        return there != nullptr && there->secondary;
    });
    in_batches(ordered, [&](std::span<const ResourceId> part) { remove_batch(part, answered); });
}

void Addresses::remove_batch(std::span<const ResourceId> resources, const Answered& answered) {
    Work work;
    for (const ResourceId resource : resources) prepare_remove(work, resource);
    const auto acknowledgements = carry_out(work);
    for (std::size_t i = 0; i < acknowledgements.size(); ++i) judge_remove(work, i, acknowledgements[i]);
    fill_loopback(work);
    refresh();
    answered(work.answers);
}

void Addresses::prepare_remove(Work& work, ResourceId resource) {
    Answer& answer = work.answers.emplace_back();
    answer.resource = resource;
    answer.outcome = core::Outcome::ok;
    answer.already_there = true;
    if (loopback_.find(spec_of(resource).address) != nullptr)
        work.from_loopback.push_back(spec_of(resource).address);
    if (!ours(resource)) {
        forget(resource);
        if (const KernelAddress* other = mirror_.find(spec_of(resource).address))
            answer.detail = with_bits(other->key) + " was not added by us and is left";
        return;
    }
    const AddressKey key = mine_[resource.index()].key;
    const Interface* interface = mirror_.interface(key.ifindex);
    const KernelAddress* there = mirror_.find(key);
    if (interface == nullptr || there == nullptr) {
        answer.detail = with_bits(key) + " was gone already";
        return forget(resource);
    }
    answer.interface = interface->name;
    answer.label = there->label == interface->name ? "" : there->label;
    answer.already_there = false;
    if (!there->secondary && !is_safe_to_remove(key, *interface)) {
        answer.outcome = core::Outcome::failed;
        answer.detail = "removing " + with_bits(key) + " would take other addresses of " + interface->name +
                        " with it, because promote_secondaries cannot be set";
        return;
    }
    nlmsghdr* message = work.batch.next();
    encode_remove(message, key);
    work.batch.commit(message);
    work.sent.push_back({work.answers.size() - 1, {key, {}}});
}

void Addresses::judge_remove(Work& work, std::size_t message, const Acknowledgement& acknowledgement) {
    const Work::Sent& sent = work.sent[message];
    Answer& answer = work.answers[sent.answer];
    const bool gone_before = acknowledgement.code == EADDRNOTAVAIL || acknowledgement.code == ENODEV;
    const bool worked = acknowledgement.answered ? acknowledgement.code == 0 || gone_before
                                                 : mirror_.find(sent.choice.key) == nullptr;
    if (worked) {
        answer.outcome = core::Outcome::ok;
        answer.already_there = gone_before;
        if (gone_before) answer.detail = with_bits(sent.choice.key) + " was gone already";
        return forget(answer.resource);
    }
    answer.outcome = acknowledgement.answered ? core::Outcome::failed : core::Outcome::timed_out;
    answer.detail =
        "cannot remove " + with_bits(sent.choice.key) + " from " + answer.interface + ": " +
        (acknowledgement.answered ? reason(acknowledgement) : "the kernel has not answered within 2 s");
}

/// Whether no address but this one goes, or only such of ours as the notices then ask to be put back.
bool Addresses::is_safe_to_remove(const AddressKey& primary, const Interface& interface) {
    const bool alone = !mirror_.shares_subnet(primary, [](const KernelAddress&) { return true; });
    if (alone || promote(interface)) return true;
    return !mirror_.shares_subnet(primary, [this](const KernelAddress& other) {
        const auto owner = owners_.find(other.key);
        return owner == owners_.end() || !ours(owner->second);
    });
}

// --- copies on the loopback interface

void Addresses::clear_loopback(Work& work) {
    Batch batch;
    for (const Ipv4 address : work.from_loopback) {
        for (const auto& [index, interface] : mirror_.interfaces()) {
            const KernelAddress* copy = interface.loopback ? mirror_.find(address, index) : nullptr;
            if (copy == nullptr) continue;
            const std::string taken = with_bits(copy->key);
            if (!loopback_.remember(*copy)) {
                sink_(say::loopback_kept, {taken, interface.name});
                continue;
            }
            nlmsghdr* message = batch.next();
            encode_remove(message, copy->key);
            batch.commit(message);
            sink_(say::loopback_taken, {taken, interface.name});
        }
    }
    netlink_.send(batch);
}

void Addresses::fill_loopback(const Work& work) {
    Batch batch;
    std::vector<Ipv4> back;
    for (const Ipv4 address : work.from_loopback) {
        const KernelAddress* copy = loopback_.find(address);
        const auto& all = mirror_.interfaces();
        const auto lo =
            std::find_if(all.begin(), all.end(), [](const auto& entry) { return entry.second.loopback; });
        const bool stopped =
            std::none_of(work.answers.begin(), work.answers.end(), [&](const Answer& answer) {
                return spec_of(answer.resource).address == address && answer.outcome != core::Outcome::ok;
            });
        if (copy == nullptr || lo == all.end() || !stopped) continue;
        AddressKey key = copy->key;
        key.ifindex = lo->first;
        nlmsghdr* message = batch.next();
        encode_add(message,
                   {.key = key, .broadcast = {}, .label = copy->label, .mark = 0, .scope = copy->scope});
        batch.commit(message);
        back.push_back(address);
    }
    const auto acknowledgements = netlink_.send(batch);
    for (std::size_t i = 0; i < back.size(); ++i) {
        const int code = acknowledgements[i].code;
        if (code != 0 && code != EEXIST)
            sink_(say::loopback_lost, {to_text(back[i]), reason(acknowledgements[i])});
        loopback_.forget(back[i]);
    }
}

// --- the rest

bool Addresses::adopt(ResourceId resource) {
    if (ours(resource)) return true;
    const config::AddressSpec& spec = spec_of(resource);
    const Interface* interface = spec.interface.empty() ? nullptr : mirror_.interface(spec.interface);
    if (!spec.interface.empty() && interface == nullptr) return false;
    const KernelAddress* there = mirror_.find(spec.address, interface == nullptr ? 0 : interface->index);
    if (there == nullptr || owners_.contains(there->key)) return false;
    if (there->mark != our_mark && running_kernel_keeps_marks()) return false;
    keep(resource, {there->key, there->broadcast}, Instant{});  // it is to be removed, not prolonged
    changed_.insert(there->key.ifindex);
    return true;
}

void Addresses::announce(std::span<const ResourceId> resources) {
    Work work;
    for (const ResourceId resource : resources) {
        const Mine& mine = mine_[resource.index()];
        if (mine.held() && mirror_.find(mine.key) != nullptr)
            work.claim(mirror_.interface(mine.key.ifindex), mine.key.address);
    }
    announcer_.announce(work.claims);
}

void Addresses::reconfigure(const config::Config& config, std::span<const ResourceId> mapping) {
    std::vector<ResourceId> dropped;
    for (std::size_t i = 0; i < mine_.size(); ++i)
        if (mine_[i].ours && (i >= mapping.size() || !mapping[i].exists()))
            dropped.push_back(id_of<ResourceId>(i));
    remove(dropped, [this](std::span<const Answer> answers) {
        for (const Answer& answer : answers)
            if (answer.outcome != core::Outcome::ok) sink_(say::old_address_left, {answer.detail});
    });
    const std::vector<Mine> before = std::exchange(mine_, std::vector<Mine>(config.resources.size()));
    for (std::set<ResourceId>* const ids : {&missed_, &expired_}) {
        std::set<ResourceId> mapped;
        for (const ResourceId resource : *ids)
            if (resource.index() < mapping.size() && mapping[resource.index()].exists())
                mapped.insert(mapping[resource.index()]);
        *ids = std::move(mapped);
    }
    owners_.clear();
    config_ = &config;
    learn_configuration();
    for (std::size_t i = 0; i < before.size() && i < mapping.size(); ++i) {
        if (!mapping[i].exists()) continue;
        mine_[mapping[i].index()] = before[i];
        if (before[i].held()) owners_[before[i].key] = mapping[i];
    }
    to_prolong_.clear();
    if (!owners_.empty()) lifetimes_.due_at_once();  // with the new lifetime
    homes_changed_ = true;
}

}  // namespace hb::kernel
