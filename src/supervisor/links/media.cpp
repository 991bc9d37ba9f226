#include "supervisor/links/media.hpp"

#include <algorithm>

#include "hb/kernel/open.hpp"
#include "supervisor/events.hpp"

namespace hb::supervisor {
namespace {

ipc::Notice lent_notice(std::size_t index, const net::Link& link) {
    ipc::Notice notice;
    notice.kind = ipc::Notice::Kind::medium;
    notice.medium = id_of<MediumId>(index);
    notice.ifindex = link.ifindex;
    std::copy(link.mac.octets.begin(), link.mac.octets.end(), notice.mac);
    notice.address = link.address.value;
    notice.broadcast = link.broadcast.value;
    return notice;
}

}  // namespace

void Media::use(const config::Config& config, kernel::Addresses& addresses) {
    config_ = &config;
    media_.clear();
    for (const config::Medium& configured : config.media) {
        Medium& medium = media_.emplace_back();
        medium.interface = configured.interface;
        if (auto link = addresses.link(configured.interface)) learn(medium, *link);
        if (medium.usable)
            journal_.say(say::medium_started, {config.udpport, config.udpport, medium.interface});
        else
            journal_.say(medium.link.up ? say::medium_without_arp : say::medium_failed, {medium.interface});
    }
}

void Media::learn(Medium& medium, const net::Link& link) {
    medium.link = link;
    medium.usable = link.up && link.ethernet;
}

Fd Media::open(Medium& medium) {
    auto socket = kernel::open_packet_socket(medium.link.ifindex, config_->udpport);
    if (socket) {
        medium.failure_said = false;
        return std::move(*socket);
    }
    medium.usable = false;
    if (!medium.failure_said)
        journal_.say(say::medium_not_opened, {medium.interface, to_text(socket.error())});
    medium.failure_said = true;
    return Fd{};
}

std::vector<engine::MediumStart> Media::lend() {
    std::vector<engine::MediumStart> lent;
    for (std::size_t i = 0; i < media_.size(); ++i) {
        Medium& medium = media_[i];
        engine::MediumStart start;
        start.medium = id_of<MediumId>(i);
        if (medium.usable) start.fd = open(medium).release();
        start.ifindex = medium.link.ifindex;
        start.mac = medium.link.mac;
        start.address = medium.link.address.value;
        start.broadcast = medium.link.broadcast.value;
        lent.push_back(start);
    }
    return lent;
}

void Media::heard(const kernel::Addresses::Heard& heard) {
    for (std::size_t i = 0; i < media_.size(); ++i) {
        // Written is its name or an altname.
        const auto gone = std::find(heard.links_gone.begin(), heard.links_gone.end(), media_[i].link.name);
        if (gone != heard.links_gone.end()) {
            lost(i, "is gone");
            media_[i].link = {};
        }
        for (const net::Link& link : heard.links)
            if (link.is_called(media_[i].interface)) changed(i, link);
    }
}

void Media::changed(std::size_t index, const net::Link& link) {
    Medium& medium = media_[index];
    if (!link.up || !link.ethernet) {
        lost(index, link.up ? "does no ARP" : "is down");
        medium.link = link;
        return;
    }
    const bool back = !medium.usable;
    const bool same = !back && link.ifindex == medium.link.ifindex && link.mac == medium.link.mac &&
                      link.address == medium.link.address && link.broadcast == medium.link.broadcast;
    learn(medium, link);
    if (same) return;
    Fd socket = open(medium);
    if (!socket) return;
    if (back) journal_.say(say::medium_back, {medium.interface});
    tell_(lent_notice(index, link), std::move(socket));
}

void Media::lost(std::size_t index, const char* why) {
    Medium& medium = media_[index];
    if (!medium.usable) return;
    medium.usable = false;
    journal_.say(say::medium_lost, {medium.interface, why});
    ipc::Notice notice;
    notice.kind = ipc::Notice::Kind::medium_gone;
    notice.medium = id_of<MediumId>(index);
    tell_(notice, Fd{});
}

bool Media::all_usable() const {
    return std::all_of(media_.begin(), media_.end(), [](const Medium& medium) { return medium.usable; });
}

}  // namespace hb::supervisor
