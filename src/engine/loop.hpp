#pragma once
#include <array>
#include <bitset>
#include <optional>
#include <span>
#include <vector>

#include "arp.hpp"
#include "control.hpp"
#include "drops.hpp"
#include "ear.hpp"
#include "hb/auth/authenticator.hpp"
#include "hb/core/core.hpp"
#include "hb/engine/start.hpp"
#include "inbox.hpp"
#include "medium.hpp"
#include "perform.hpp"
#include "poll.hpp"
#include "reverse_path.hpp"
#include "witness.hpp"

namespace hb::engine {

/// Large tables, taken once and not touched before they are used.
struct Memory {
    core::Actions& actions;
    std::span<std::byte> frame_in;           ///< a frame or a datagram as it was received
    std::span<std::byte> frame_out;          ///< a frame as it is sent
    std::span<char> reply;                   ///< a status for an operator
    std::span<RequestQueue::Slot> requests;  ///< that the channel did not take yet
};

/// One life of the engine.
class Engine final : private Operations {
public:
    Engine(EngineStart& start, const Memory& memory);
    /// False: the kernel did not give what is needed before the first turn.
    bool ready() const { return poll_ && timer_; }
    /// Signs, builds, parses, verifies and decodes one status and renders one reply, so that the pages of it
    /// are at hand.
    void rehearse();
    void turn();
    /// The exit code, once the engine is to end.
    std::optional<int> ended() const { return ended_; }
    writer::Client& log() { return log_; }

private:
    void lend_first_media(EngineStart& start);
    void pause_in_a_flood(Instant deadline);
    void wait_until(Instant deadline);
    void read_clocks();
    void receive_frames();
    void receive_frames_of(MediumId medium);
    void receive_arp();
    void look_for_losses(Instant deadline);
    void lend_arp(const ipc::Notice& notice, Fd lent);
    void take_in(MediumId medium, const Heard& heard);
    void refused(MediumId medium, const Heard& heard, wire::DropReason reason, bool by_twin);
    void hear_witnesses();
    void receive_notices();
    void supervisor_gone();
    Instant supervisor_turn() const;
    void take_in(const ipc::Notice& notice, Fd lent);
    void take_in_messages();
    void listen_behind_firewall();
    void say_what_drops();
    void take_in_fragmented(const struct RawDatagram& datagram);
    void tell_media_changes();
    void tell_load();
    void say_drops();
    void say_losses();
    void write_page();
    void write_heritage();
    void write_lives();
    void ask_for_a_number();
    void serve_one_client();
    void step(const core::Event& event);

    std::size_t write_status(std::span<char> out) override;
    std::optional<std::string_view> parameter(std::string_view name) override;
    void ask(const core::OperatorAsked& asked) override;

    const config::Config& config_;
    Memory memory_;
    ipc::Page& page_;
    Instant daemon_started_;
    Fd channel_, writer_, udp_, load_;
    Clocks clocks_;
    Poll poll_;
    Poll nothing_;  ///< watches nothing: waiting on it is a pause
    Timer timer_;
    writer::Client log_;
    auth::Authenticator authenticator_;
    Inbox inbox_;
    std::vector<Medium> media_;
    Arp arp_;
    std::vector<Drops> drops_;
    FloodBrake brake_;
    RequestQueue requests_;
    Control control_;
    Witnesses witnesses_;
    IncomingFrames incoming_;
    Performer performer_;
    FirewallWatch firewall_;
    ReversePath reverse_path_;
    core::Core core_;
    Instant next_listening_;
    Instant losses_looked_for_;  ///< when the sockets were last asked
    Overflow overflow_;
    Instant drained_at_;           ///< last turn that read everything there was
    Instant heard_until_ = never;  ///< the newest frame read of a medium with more to read
    Once wrong_key_{1h}, unknown_node_{1h}, same_name_{1h};
    bool channel_ready_ = false, listener_ready_ = false;
    std::uint32_t clients_ready_ = 0;           ///< bit n: slot n
    std::bitset<limits::resources> arp_ready_;  ///< bit n: ear n
    std::size_t last_served_ = 0;
    std::optional<int> ended_;
    std::array<Generation, limits::nodes> remembered_{};  ///< by NodeId: what the writer was told
    Generation number_asked_ = 0;                         ///< of the writer, because the core needs it
};

}  // namespace hb::engine
