#include "loop.hpp"

#include <unistd.h>

#include <algorithm>

#include "hb/control/command.hpp"
#include "hb/ipc/channel.hpp"
#include "sandbox.hpp"
#include "say.hpp"

namespace hb::engine {
namespace {

constexpr int notices_per_turn = 256;

}  // namespace

Engine::Engine(EngineStart& start, const Memory& memory)
    : config_(*start.config), memory_(memory), page_(*start.page), daemon_started_(start.daemon_started),
      channel_(start.channel_fd), writer_(start.writer_fd), udp_(start.udp_fd),
      load_(open_load_average()), clocks_{boot_now(), wall_now_ns()}, log_(start.writer_fd),
      authenticator_(config_.keys), inbox_(config_, authenticator_), arp_(config_),
      drops_(config_.media.size()), requests_(start.channel_fd, memory.requests),
      control_(Fd{start.control_listen_fd}, poll_, memory.reply),
      witnesses_(start.witness_fd, start.witness_identifier, start.origin.seed, config_.witnesses),
      incoming_(config_.witnesses.empty() ? std::vector<config::Medium>{} : config_.media),
      performer_({media_, arp_, authenticator_, requests_, control_, log_, page_.hooks, witnesses_},
                 memory.frame_out),
      firewall_(config_.nodes.size(), config_.keepalive, clocks_.now), reverse_path_(open_network_counters()),
      core_(config_, start.origin, clocks_.now), next_listening_(clocks_.now),
      losses_looked_for_(clocks_.now), overflow_(config_.deadtime) {
    poll_.watch(timer_.fd(), {Key::Kind::timer});
    poll_.watch(channel_.get(), {Key::Kind::channel});
    reverse_path_.more(memory_.frame_in);
    lend_first_media(start);
}

void Engine::lend_first_media(EngineStart& start) {
    media_.reserve(config_.media.size());
    for (const auto& medium : config_.media) media_.emplace_back(medium.interface, config_.udpport);
    for (auto& first : start.media) {
        if (first.fd < 0 || first.medium.index() >= media_.size()) continue;
        poll_.watch(first.fd, {Key::Kind::medium, first.medium.value});
        media_[first.medium.index()].lend(
            {Fd{first.fd}, first.ifindex, first.mac, Ipv4{first.address}, Ipv4{first.broadcast}},
            clocks_.now);
    }
    core_.set_wall_clock(clocks_.now, static_cast<std::uint64_t>(clocks_.wall_ns / 1'000'000'000));
    tell_load();
    for (std::size_t i = 0; i < media_.size(); ++i) {
        media_[i].take_change();
        step(core::MediumChanged{id_of<MediumId>(i), media_[i].usable()});
    }
}

void Engine::turn() {
    Instant deadline = arp_.busy() ? clocks_.now : std::min(core_.deadline(), control_.deadline());
    // A silence that may not be judged yet stays due: it must not keep the engine busy.
    if (overflow_.judged_until(clocks_.now) != never) deadline = std::max(deadline, clocks_.now + 1ms);
    pause_in_a_flood(deadline);
    wait_until(deadline);
    read_clocks();
    receive_frames();
    receive_arp();
    listen_behind_firewall();
    hear_witnesses();
    receive_notices();
    tell_media_changes();
    look_for_losses(deadline);
    const Instant judged_until = std::min(heard_until_, overflow_.judged_until(clocks_.now));
    step(core::Tick{judged_until, incoming_.newest(),
                    supervisor_turn()});  // only now may a silent peer be judged
    requests_.flush();
    arp_.send();
    write_page();
    say_drops();
    say_losses();
    serve_one_client();
    if (!performer_.leaves()) return;
    if (core_.surrendered())
        ended_ = exit_without_supervisor;
    else if (requests_.empty())
        ended_ = 0;
}

// A millisecond that the kernel uses to collect what comes, if nothing is due meanwhile. Stamps are the
// kernel's, so nothing is judged by it. Not while frames are left: then every one of them is needed out of
// the way.
void Engine::pause_in_a_flood(Instant deadline) {
    const bool frames_are_left = heard_until_ != never;
    if (frames_are_left || !brake_.pulls(clocks_.now) || deadline < clocks_.now + 2ms) return;
    std::array<epoll_event, 1> none;
    nothing_.wait(none, 1);
}

void Engine::wait_until(Instant deadline) {
    // What a full channel did not take is offered again soon; being told of its room would be one more
    // descriptor to watch.
    if (!requests_.empty()) deadline = std::min(deadline, clocks_.now + 1ms);
    timer_.set(deadline);
    std::array<epoll_event, 2 * limits::media + limits::interfaces> ready;
    const std::size_t n = poll_.wait(ready, -1);
    channel_ready_ = listener_ready_ = false;
    clients_ready_ = 0;
    arp_ready_.reset();
    for (const epoll_event& event : std::span(ready).first(n)) {
        const Key key = Poll::key_of(event);
        switch (key.kind) {
            case Key::Kind::timer: timer_.went_off(); break;
            case Key::Kind::channel: channel_ready_ = true; break;
            case Key::Kind::listener: listener_ready_ = true; break;
            case Key::Kind::client: clients_ready_ |= 1u << key.number; break;
            case Key::Kind::arp: arp_ready_.set(key.number); break;
            case Key::Kind::medium: break;  // all of them are drained, ready or not
        }
    }
}

Instant Engine::supervisor_turn() const {
    const std::uint32_t turn = page_.supervisor_turn_ms.load(std::memory_order_relaxed);
    return turn == 0 ? never : ipc::page_instant(turn, clocks_.now);
}

void Engine::read_clocks() {
    clocks_ = Clocks{boot_now(), wall_now_ns()};
    core_.set_wall_clock(clocks_.now, static_cast<std::uint64_t>(clocks_.wall_ns / 1'000'000'000));
}

void Engine::step(const core::Event& event) {
    memory_.actions.clear();
    core_.step(clocks_.now, event, memory_.actions);
    // At once: the bytes of what is sent live in the core until its next step.
    performer_.perform(memory_.actions, clocks_.now);
}

void Engine::receive_notices() {
    if (!channel_ready_) return;
    for (int i = 0; i < notices_per_turn; ++i) {
        ipc::Notice notice;
        Fd lent;
        switch (ipc::receive(channel_.get(), notice, lent)) {
            case ipc::Got::message: take_in(notice, std::move(lent)); break;
            case ipc::Got::empty: return;
            case ipc::Got::closed: return supervisor_gone();
        }
    }
}

// What is held is kept for a while; the core says for how long, and what becomes of it.
void Engine::supervisor_gone() {
    say(log_, event::supervisor_gone, {});
    requests_.close();
    channel_.reset();
    step(core::SupervisorGone{});
}

void Engine::take_in(const ipc::Notice& notice, Fd lent) {
    const bool of_medium = notice.medium.index() < media_.size();
    switch (notice.kind) {
        case ipc::Notice::Kind::done:
            step(core::OperationDone{notice.operation, notice.first, notice.last,
                                     static_cast<core::Outcome>(notice.outcome)});
            break;
        case ipc::Notice::Kind::medium:
            if (!of_medium || !lent) break;
            media_[notice.medium.index()].withdraw();
            poll_.watch(lent.get(), {Key::Kind::medium, notice.medium.value});
            media_[notice.medium.index()].lend(
                {std::move(lent), notice.ifindex, Mac{std::to_array(notice.mac)}, Ipv4{notice.address},
                 Ipv4{notice.broadcast}},
                clocks_.now);
            break;
        case ipc::Notice::Kind::medium_gone:
            if (of_medium) media_[notice.medium.index()].withdraw();
            break;
        case ipc::Notice::Kind::address_gone: step(core::AddressGone{notice.first, notice.flag == 1}); break;
        case ipc::Notice::Kind::stop: step(core::StopAsked{}); break;
        case ipc::Notice::Kind::message: take_in_messages(); break;
        case ipc::Notice::Kind::operate:
            step(core::OperatorAsked{.client = no_client,
                                     .verb = static_cast<core::OperatorAsked::Verb>(notice.flag),
                                     .set = static_cast<core::OperatorAsked::Set>(notice.outcome)});
            break;
        case ipc::Notice::Kind::arp: lend_arp(notice, std::move(lent)); break;
        case ipc::Notice::Kind::arp_gone: arp_.withdraw(notice.ifindex); break;
        case ipc::Notice::Kind::place:
            arp_.place(notice.first, notice.last, notice.ifindex);
            step(core::CarrierChanged{notice.first, notice.last, (notice.flag & 1) != 0});
            break;
        case ipc::Notice::Kind::fenced:
            step(core::FenceDone{notice.node, static_cast<core::Outcome>(notice.outcome)});
            break;
    }
}

void Engine::take_in_messages() {
    std::array<char, ipc::Texts::longest> text;
    for (std::uint32_t i = 0; i < ipc::Texts::count; ++i) {
        const auto message = page_.messages.take(text);
        if (!message) return;
        step(core::UserMessage{*message});
    }
}

void Engine::tell_media_changes() {
    for (std::size_t i = 0; i < media_.size(); ++i)
        if (media_[i].take_change()) step(core::MediumChanged{id_of<MediumId>(i), media_[i].usable()});
}

void Engine::tell_load() {
    std::array<char, 63> text;
    const ssize_t n = ::pread(load_.get(), text.data(), text.size(), 0);
    if (n <= 0) return;
    const std::string_view line{text.data(), static_cast<std::size_t>(n)};
    core_.set_load(line.substr(0, line.find('\n')));
}

void Engine::write_page() {
    using enum std::memory_order;
    std::uint32_t dead = 0;
    for (std::size_t i = 0; i < config_.nodes.size(); ++i) {
        const auto node = id_of<NodeId>(i);
        if (node != config_.self && core_.node(node).state == core::MemberState::dead) dead |= 1u << i;
    }
    page_.peers_dead.store(dead, relaxed);
    core_.set_reserved(page_.reserved_generation.load(relaxed));
    if (page_.generation.load(relaxed) != core_.generation()) {
        // One more is wanted: the next engine, or the next silence of a Linux-HA peer.
        if (page_.generation.load(relaxed) != 0) log_.reserve(core_.generation() + 1);
        page_.generation.store(core_.generation(), relaxed);
    }
    write_lives();
    ask_for_a_number();
    if (core_.take_heritage_changed()) write_heritage();
    page_.engine_turn_ms.store(ipc::page_ms(clocks_.now), relaxed);
    page_.hold_until_ms.store(ipc::page_ms(core_.hold_until()), release);
}

/// The next engine finds them in the page, the next daemon on the disk.
void Engine::write_lives() {
    using enum std::memory_order;
    for (std::size_t i = 0; i < config_.nodes.size() && i < limits::nodes; ++i) {
        const core::KnownLife life = core_.known(id_of<NodeId>(i));
        page_.lives[i].generation.store(life.generation, relaxed);
        page_.lives[i].sequence.store(life.sequence, relaxed);
        page_.lives[i].met.store(life.met ? 1 : 0, relaxed);
        if (life.met && life.generation > remembered_[i] && log_.remember(config_.nodes[i], life.generation))
            remembered_[i] = life.generation;
    }
}

void Engine::ask_for_a_number() {
    const Generation wanted = core_.wanted_generation();
    if (wanted <= number_asked_) return;
    log_.reserve(wanted);
    number_asked_ = wanted;
}

void Engine::write_heritage() {
    using enum std::memory_order;
    for (std::size_t i = 0; i < config_.groups.size() && i < limits::groups; ++i) {
        const auto inherited = core_.heritage(id_of<GroupId>(i));
        page_.groups[i].epoch.store(inherited.epoch, relaxed);
        page_.groups[i].holder.store(inherited.holder.value, relaxed);
        page_.groups[i].state.store(static_cast<std::uint8_t>(inherited.state), relaxed);
    }
}

void Engine::serve_one_client() {
    control_.drop_slow(clocks_.now, *this);
    if (listener_ready_) {
        brake_.count(clocks_.now);
        control_.accept(clocks_.now);
    }
    for (std::size_t i = 1; i <= limits::clients; ++i) {
        const std::size_t slot = (last_served_ + i) % limits::clients;
        if (!(clients_ready_ & 1u << slot)) continue;
        last_served_ = slot;
        brake_.count(clocks_.now);
        control_.serve(slot, clocks_.now, *this);
        return;
    }
}

std::optional<std::string_view> Engine::parameter(std::string_view name) {
    return control::parameter(config_, name);
}

void Engine::ask(const core::OperatorAsked& asked) { step(asked); }

}  // namespace hb::engine
