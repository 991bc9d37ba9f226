#include <gtest/gtest.h>

#include <array>
#include <charconv>
#include <string>

#include "hb/auth/authenticator.hpp"
#include "hb/wire/message.hpp"

/// Datagrams of Heartbeat 3.0.6 with everything that is known of them, written out octet for octet.
namespace hb::auth {
namespace {

using config::Key;
using wire::DropReason;

struct Vector {
    const char* name;
    Key key;
    std::string datagram;    ///< hex
    std::size_t covered;     ///< octets under the trailing signature
    std::string signature;   ///< trailing
    std::string inner;       ///< value of `auth`; empty: none
    std::string inner_text;  ///< what it covers, hex or plain
};

std::string from_hex(std::string_view hex) {
    std::string octets;
    for (; hex.size() >= 2; hex.remove_prefix(2)) {
        unsigned value = 0;
        std::from_chars(hex.data(), hex.data() + 2, value, 16);
        octets += static_cast<char>(value);
    }
    return octets;
}

const Vector vectors[] = {
    {"sha1",
     {1, Key::Method::sha1, "TestKey-sha1"},
     "2323230a31313a283029743d7374617475732c383a28302973743d75702c393a28302964743d6661302c31333a283029"
     "70726f746f636f6c3d312c383a2830297372633d612c32373a283129737263757569643d20b89cb92d1e4c44995e9943"
     "d3e457fd2c383a2830297365713d322c31343a28302968673d36623032616338312c31343a28302974733d3662303261"
     "6338302c32393a2830296c643d312e393520312e333920302e363720362f3131382032362c383a28302974746c3d332c"
     "35303a283029617574683d31203935326463626561623462393164323561643831333936643361393737306561323064"
     "61333330312c2525250a34323a3120646434643062316165376630633037653739333831386662636661613666343865"
     "646632623032642c",
     250,
     "1 dd4d0b1ae7f0c07e793818fbcfaa6f48edf2b02d",
     "1 952dcbeab4b91d25ad81396d3a9770ea20da3301",
     "743d7374617475730a73743d75700a64743d6661300a70726f746f636f6c3d310a7372633d610a283129737263757569"
     "643d494c6963755330655445535a58706c44302b52582f513d3d0a7365713d320a68673d36623032616338310a74733d"
     "36623032616338300a6c643d312e393520312e333920302e363720362f3131382032360a74746c3d330a"},
    {"md5",
     {1, Key::Method::md5, "TestKey-md5"},
     "2323230a31313a283029743d7374617475732c31303a28302973743d696e69742c393a28302964743d6661302c31333a"
     "28302970726f746f636f6c3d312c383a2830297372633d612c32373a283129737263757569643d21b0a0bc9c1143bd9c"
     "48b5a6118604472c383a2830297365713d312c31343a28302968673d36623032616363332c31343a28302974733d3662"
     "3032616363322c32393a2830296c643d312e313120312e323620302e363820322f3132312032362c383a28302974746c"
     "3d332c34323a283029617574683d31203736616431373465316261333836343935623437636262363139383761343339"
     "2c2525250a33343a312062623033623864396633623461356435373038383464356239343166663064642c",
     245,
     "1 bb03b8d9f3b4a5d570884d5b941ff0dd",
     "1 76ad174e1ba386495b47cbb61987a439",
     "743d7374617475730a73743d696e69740a64743d6661300a70726f746f636f6c3d310a7372633d610a28312973726375"
     "7569643d49624367764a775251373263534c576d4559594552773d3d0a7365713d310a68673d36623032616363330a74"
     "733d36623032616363320a6c643d312e313120312e323620302e363820322f3132312032360a74746c3d330a"},
    {"crc",
     {1, Key::Method::crc, ""},
     "2323230a31343a283029743d4e535f61636b6d73672c393a283029646573743d612c31313a28302961636b7365713d31"
     "2c32383a28312964657374757569643d41f6d6cb68c84adca160a5c7b6e7b6bd2c383a2830297372633d612c32373a28"
     "3129737263757569643d41f6d6cb68c84adca160a5c7b6e7b6bd2c31343a28302968673d36623032616432382c31343a"
     "28302974733d36623032616432372c383a28302974746c3d332c31383a283029617574683d312031616337343234642c"
     "2525250a393a3120643939323135302c",
     196,
     "1 d992150",
     "1 1ac7424d",
     "743d4e535f61636b6d73670a646573743d610a61636b7365713d310a28312964657374757569643d5166625779326a49"
     "53747968594b58487475653276513d3d0a7372633d610a283129737263757569643d5166625779326a4953747968594b"
     "58487475653276513d3d0a68673d36623032616432380a74733d36623032616432370a74746c3d330a"},
    {"netstring",
     {2, Key::Method::sha1, "NetKey"},
     "2323230a31313a283029743d7374617475732c31303a28302973743d696e69742c393a28302964743d6661302c31333a"
     "28302970726f746f636f6c3d312c383a2830297372633d612c32373a283129737263757569643d41f6d6cb68c84adca1"
     "60a5c7b6e7b6bd2c383a2830297365713d312c31343a28302968673d36623032616432392c31343a28302974733d3662"
     "3032616434382c33303a2830296c643d322e363320312e363620302e383920362f313237203730332c383a2830297474"
     "6c3d332c2525250a34323a32206666376632633639383339623437353531636362343863313564366234366538303535"
     "33373065372c",
     200,
     "2 ff7f2c69839b47551ccb48c15d6b46e8055370e7",
     "",
     ""},
    {"ping",
     {1, Key::Method::crc, ""},
     "2323230a31303a283029743d4e535f73742c31303a28302973743d70696e672c31323a283029696e666f3d70696e672c"
     "31393a2830297372633d3139322e3136382e37372e332c31343a28302974733d36623032616535362c31383a28302961"
     "7574683d312038376139323430362c2525250a31303a312039346437663033612c",
     115,
     "1 94d7f03a",
     "1 87a92406",
     "743d4e535f73740a73743d70696e670a696e666f3d70696e670a7372633d3139322e3136382e37372e330a74733d3662"
     "3032616535360a"},
};

class Vectors : public testing::TestWithParam<Vector> {
protected:
    void SetUp() override {
        datagram = from_hex(GetParam().datagram);
        ASSERT_EQ(open_envelope(bytes_of(datagram), envelope), DropReason::none);
        ASSERT_EQ(decode(envelope, message), DropReason::none);
    }
    std::string inner_text() {
        std::array<std::byte, 1000> room;
        return std::string(text_of(Bytes(room).first(classic_signed_text(message, room))));
    }
    Authenticator authenticator{{.all = {GetParam().key}, .signing = GetParam().key.number}};
    std::string datagram;
    wire::Envelope envelope;
    wire::Message message;
};

TEST_P(Vectors, have_the_trailing_signature_over_the_body) {
    EXPECT_EQ(envelope.body.size(), GetParam().covered);
    EXPECT_EQ(envelope.signature, GetParam().signature);
    EXPECT_EQ(authenticator.sign(envelope.body).view(), GetParam().signature);
    EXPECT_EQ(authenticator.verify(envelope), DropReason::none);
}

TEST_P(Vectors, have_the_inner_signature_over_the_classic_lines) {
    EXPECT_EQ(message.get_or("auth", ""), GetParam().inner);
    if (GetParam().inner.empty()) return;
    EXPECT_EQ(inner_text(), from_hex(GetParam().inner_text));
    EXPECT_EQ(authenticator.sign(bytes_of(inner_text())).view(), GetParam().inner);
}

TEST_P(Vectors, are_built_to_the_same_octets) {
    std::array<std::byte, 1000> room;
    wire::Builder builder(room);
    for (const wire::Field& field : message.fields) builder.field(field);
    const std::size_t size = builder.finish().size();
    const Signature signature = authenticator.sign(Bytes(room).first(size));
    const std::size_t all =
        size + wire::append_signature(signature, std::span<std::byte>(room).subspan(size));
    EXPECT_EQ(text_of(Bytes(room).first(all)), datagram);
}

INSTANTIATE_TEST_SUITE_P(Datagrams, Vectors, testing::ValuesIn(vectors),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace hb::auth
