#include "sim/dialect.hpp"

#include "hb/wire/vocabulary.hpp"

namespace hb::sim {

void strip_extension(wire::Message& message) {
    const auto all = message.fields;
    message.fields.clear();
    for (const wire::Field& field : all)
        if (!field.name.starts_with(wire::field::hb4)) (void)message.fields.try_push(field);
}

Bytes without_extension(Bytes body, std::span<std::byte> room) {
    static wire::Message message;
    message.fields.clear();
    message.scratch_used = 0;
    if (wire::decode({wire::Envelope::Form::netstring, body, {}}, message) != wire::DropReason::none)
        return body;
    strip_extension(message);
    wire::Builder builder{room};
    for (const wire::Field& field : message.fields) builder.field(field);
    return builder.finish();
}

}  // namespace hb::sim
