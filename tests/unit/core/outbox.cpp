// How messages of this node begin and end, and what of them is kept.
#include "core/say/outbox.hpp"

#include <gtest/gtest.h>

#include "hb/wire/message.hpp"

namespace hb::core {
namespace {

Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }

struct Sent {
    Outbox box{{.name = "alpha", .uuid = Uuid{}, .ttl = 4}, 7};
    Sent() { box.set_wall_clock(at(0s), 1); }
    Bytes say(std::string_view type, Duration when = 0s, std::string_view to = {}) {
        return box.make(type, to, at(when), [](wire::Builder& b) { b.text("own", "field"); });
    }
};

/// The names of its fields in their order, and the values that matter.
std::string read(Bytes body) {
    wire::Message m;
    const wire::Envelope envelope{.form = wire::Envelope::Form::netstring, .body = body, .signature = {}};
    if (wire::decode(envelope, m) != wire::DropReason::none) return "unreadable";
    std::string text;
    for (const wire::Field& f : m.fields) {
        text += std::string{f.name};
        if (f.type == wire::FieldType::text) text += "=" + std::string{f.value};
        text += " ";
    }
    return text;
}

TEST(Outbox, begins_with_the_type_and_ends_with_what_every_message_says) {
    Sent s;
    s.box.set_wall_clock(at(0s), 0x1000);
    s.box.set_load("0.10 0.20 0.30 1/2 3");
    EXPECT_EQ(read(s.say("status", 2500ms)),
              "t=status own=field src=alpha srcuuid seq=1 hg=7 ts=1002 ld=0.10 0.20 0.30 1/2 3 ttl=4 ");
}

TEST(Outbox, names_the_one_that_a_message_is_for) {
    Sent s;
    EXPECT_EQ(read(s.say("reqnodes", 0s, "beta")),
              "t=reqnodes dest=beta own=field destuuid src=alpha srcuuid seq=1 hg=7 ts=1 ttl=4 ");
}

TEST(Outbox, gives_each_message_the_next_number_but_none_to_those_that_nobody_counts) {
    Sent s;
    s.say("status");
    const Bytes body = s.box.make_unnumbered("NS_ackmsg", "beta", at(0s), [](wire::Builder&) {});
    EXPECT_EQ(read(body), "t=NS_ackmsg destuuid src=alpha srcuuid hg=7 ts=1 ttl=4 ");
    s.say("status");
    EXPECT_EQ(s.box.newest(), 2u);
}

TEST(Outbox, has_room_for_24_messages_without_a_number_in_a_step) {
    Sent s;
    for (int i = 0; i < 24; ++i)
        EXPECT_FALSE(s.box.make_unnumbered("NS_rexmit", "beta", at(0s), [](wire::Builder&) {}).empty());
    EXPECT_TRUE(s.box.make_unnumbered("NS_rexmit", "beta", at(0s), [](wire::Builder&) {}).empty());
    s.box.forget_unnumbered();
    EXPECT_FALSE(s.box.make_unnumbered("NS_rexmit", "beta", at(0s), [](wire::Builder&) {}).empty());
}

TEST(Outbox, knows_when_its_last_64_statuses_went_out) {
    Sent s;
    s.say("status");
    s.box.is_status(at(0s));
    s.say("resource");
    EXPECT_EQ(s.box.status_sent(1), at(0s));
    EXPECT_FALSE(s.box.status_sent(2));  // no status
    EXPECT_FALSE(s.box.status_sent(0));
    EXPECT_FALSE(s.box.status_sent(65));  // not sent yet
    for (int i = 3; i <= 65; ++i) s.say("status");
    s.box.is_status(at(9s));
    EXPECT_FALSE(s.box.status_sent(1));
    EXPECT_EQ(s.box.status_sent(65), at(9s));
}

TEST(Outbox, keeps_what_a_peer_may_have_missed_for_two_and_a_half_seconds_and_until_all_have_it) {
    Sent s;
    const std::string said = read(s.say("resource"));
    s.say("status", 1s);
    ASSERT_TRUE(s.box.find(1));
    EXPECT_EQ(read(s.box.find(1)->body), said);
    EXPECT_TRUE(s.box.find(1)->tells_resources);
    EXPECT_FALSE(s.box.find(2)->tells_resources);
    EXPECT_FALSE(s.box.free(2, at(2500ms)));  // both have it, but the first was sent not long enough ago
    EXPECT_TRUE(s.box.find(1));
    EXPECT_FALSE(s.box.free(2, at(2501ms)));
    EXPECT_FALSE(s.box.find(1));
    EXPECT_FALSE(s.box.free(1, at(60s)));
    EXPECT_TRUE(s.box.find(2));
    EXPECT_FALSE(s.box.free(2, at(60s)));
    EXPECT_EQ(s.box.kept(), 0u);
}

TEST(Outbox, remembers_when_something_was_said_again) {
    Sent s;
    s.say("status");
    EXPECT_EQ(s.box.find(1)->said_again, Instant{});
    s.box.said_again(1, at(3s));
    EXPECT_EQ(s.box.find(1)->said_again, at(3s));
    s.box.said_again(2, at(3s));  // there is none
    EXPECT_FALSE(s.box.find(2));
}

TEST(Outbox, says_once_a_minute_that_it_fills_up) {
    Sent s;
    for (int i = 0; i < 375; ++i) s.say("status");
    EXPECT_FALSE(s.box.free(0, at(0s)));
    s.say("status");
    EXPECT_TRUE(s.box.free(0, at(0s)));
    EXPECT_FALSE(s.box.free(0, at(59999ms)));
    EXPECT_TRUE(s.box.free(0, at(60s)));
}

TEST(Outbox, begins_a_generation_with_number_1_and_forgets_the_one_before) {
    Sent s;
    s.say("status");
    s.box.is_status(at(0s));
    s.box.begin(8);
    EXPECT_EQ(s.box.generation(), 8u);
    EXPECT_FALSE(s.box.find(1));
    EXPECT_FALSE(s.box.status_sent(1));
    s.say("status");
    EXPECT_EQ(s.box.newest(), 1u);
}

}  // namespace
}  // namespace hb::core
