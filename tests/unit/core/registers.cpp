// How the registers of all groups stand in a status.
#include "core/say/registers.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hb::core {
namespace {

std::uint32_t size_of(Bytes text) { return static_cast<std::uint32_t>(text.size()); }
constexpr NodeId alpha = id_of<NodeId>(0), beta = id_of<NodeId>(1);

struct Written {
    explicit Written(std::vector<Register> all) : groups(std::move(all)), text(groups.size(), size_of) {}
    std::string write(std::size_t space = 840) {
        text.make([this](std::size_t g) -> const Register& { return groups[g]; },
                  [](NodeId node) { return node.index(); });
        std::array<char, 900> buffer;
        Text out(buffer);
        text.write(out, space);
        return std::string{out.view()};
    }
    std::vector<Register> groups;
    Registers text;
};

constexpr Register owned(NodeId holder, std::uint32_t epoch) { return {epoch, holder, GroupState::owned}; }

TEST(Registers, that_are_equal_neighbours_are_one_run) {
    Written w({owned(alpha, 0x1a), owned(alpha, 0x1a), owned(alpha, 0x1a), {}, owned(beta, 2)});
    EXPECT_EQ(w.write(), "1:00000017:0-2:o0:1a,3:fz:0,4:o1:2");
}

TEST(Registers, are_made_again_only_after_a_change) {
    Written w({owned(alpha, 1)});
    EXPECT_EQ(w.write(), "1:00000006:0:o0:1");
    w.groups[0].state = GroupState::releasing;
    EXPECT_EQ(w.write(), "1:00000006:0:o0:1");
    w.text.changed();
    w.text.next_serial();
    EXPECT_EQ(w.write(), "2:00000006:0:r0:1");
}

TEST(Registers, that_do_not_fit_are_a_window_that_moves_on_and_begins_again) {
    Written w({owned(alpha, 1), owned(beta, 1), owned(alpha, 2)});
    const std::string all = "1:00000014:";
    EXPECT_EQ(w.write(20), all + "0:o0:1,1:o1:1,2:o0:2");
    EXPECT_EQ(w.write(19), all + "+0:o0:1,1:o1:1");
    EXPECT_EQ(w.write(19), all + "+2:o0:2,0:o0:1");
    EXPECT_EQ(w.write(8), all + "+1:o1:1");
    EXPECT_EQ(w.write(7), all + "+");  // no room for a single one
    w.text.changed();
    EXPECT_EQ(w.write(8), all + "+0:o0:1");
}

struct Heard {
    std::string text;
    bool whole = false;
    explicit Heard(std::string_view runs, std::size_t groups = 3) {
        whole = Registers::read(
            runs, groups, [](std::size_t index) { return index < 2 ? id_of<NodeId>(index) : NodeId{}; },
            [this](std::size_t g, const Register& r) { text += std::to_string(g) + to_text(r) + " "; });
    }
    static std::string to_text(const Register& r) {
        return "fwnaorb"[static_cast<int>(r.state)] +
               (r.holder.exists() ? std::to_string(r.holder.index()) : "z") + std::to_string(r.epoch);
    }
};

TEST(Registers, are_read_as_they_are_written) {
    const Heard heard("9:1:0-1:o1:a,2:fz:0");
    EXPECT_TRUE(heard.whole);
    EXPECT_EQ(heard.text, "0o110 1o110 2fz0 ");
    EXPECT_EQ(Heard("9:1:+2:b0:1").text, "2b01 ");
    EXPECT_EQ(Heard("9:1:0:qz:1").text, "0oz1 ");  // a state of a later version: held there
    EXPECT_EQ(Heard("9:1:0:o0:1:more").text, "0o01 ");
    EXPECT_TRUE(Heard("").whole);
}

TEST(Registers, that_cannot_be_read_end_there) {
    for (const char* fault :
         {"9:1:0:o1:1,x:o1:1", "9:1:0:o1:1,1", "9:1:0:o1:1,1:o1", "9:1:0:o1:1,1:o1:g", "9:1:0:o1:1,1-x:o1:1",
          "9:1:0:o1:1,1::1", "9:1:0:o1:1,1:o2:1", "9:1:0:o1:1,1:o:1", "9:1:0:o1:1,2-1:o1:1",
          "9:1:0:o1:1,3:o1:1", "9:1:0:o1:1,1-3:o1:1", "9:1:0:o1:1,1-:o1:1", "9:1:0:o1:1,1:ox:1"}) {
        const Heard heard(fault);
        EXPECT_FALSE(heard.whole) << fault;
        EXPECT_EQ(heard.text, "0o11 ") << fault;
    }
}

}  // namespace
}  // namespace hb::core
