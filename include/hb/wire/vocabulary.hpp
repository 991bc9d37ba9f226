#pragma once
#include <initializer_list>
#include <string_view>

/// Every message type and field name, ours and 3.0.6's. Encodings: heartbeat-protocol(7).
namespace hb::wire {

namespace type {
constexpr std::string_view status = "status", ns_status = "NS_st", ns_rexmit = "NS_rexmit",
                           ns_nak = "NS_nak_rexmit", ns_ack = "NS_ackmsg", reqnodes = "reqnodes",
                           repnodes = "repnodes", starting = "starting", resource = "resource",
                           ask_resources = "ask_resources", shutdone = "shutdone", ip_request = "ip-request",
                           ip_response = "ip-request-resp", hb_takeover = "hb_takeover", stonith = "stonith",
                           query_cstatus = "query-cstatus", respond_cstatus = "respond-cstatus",
                           ns_hb4ask = "NS_hb4ask", ns_hb4tab = "NS_hb4tab";
/// What only a daemon says, ours or 3.0.6; every other type is somebody's own.
constexpr bool is_reserved(std::string_view t) {
    for (const std::string_view own :
         {status, reqnodes, repnodes, starting, resource, ask_resources, shutdone, ip_request, ip_response,
          hb_takeover, stonith, query_cstatus, respond_cstatus, std::string_view{"addnode"},
          std::string_view{"delnode"}, std::string_view{"setweight"}, std::string_view{"setsite"},
          std::string_view{"ifstat"}})
        if (t == own) return true;
    return t.starts_with("NS_") || t.starts_with("hbapi-");
}
}  // namespace type
namespace field {
constexpr std::string_view t = "t", src = "src", srcuuid = "srcuuid", dest = "dest", destuuid = "destuuid",
                           seq = "seq", hg = "hg", ts = "ts", ld = "ld", ttl = "ttl", auth = "auth",
                           st = "st", dt = "dt", protocol = "protocol", info = "info", rsc_hold = "rsc_hold",
                           rtype = "rtype", isstable = "isstable", ackseq = "ackseq", firstseq = "firstseq",
                           lastseq = "lastseq", nodelist = "nodelist", delnodelist = "delnodelist",
                           ipaddr = "ipaddr", weown = "weown", ok = "ok", node = "node", result = "result";
/// The extension between two of our own nodes.
constexpr std::string_view hb4 = "hb4", hb4c = "hb4c", hb4t = "hb4t", hb4e = "hb4e", hb4g = "hb4g",
                           hb4s = "hb4s", hb4p = "hb4p", hb4w = "hb4w";
}  // namespace field

}  // namespace hb::wire
