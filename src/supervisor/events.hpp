#pragma once
#include "hb/base/log.hpp"

/// What the supervisor logs. The rooms below it have events of their own.
namespace hb::supervisor::say {

using log::Kind;

// Start
constexpr Kind banner{501, Level::info, "**************************"};
constexpr Kind validated{502, Level::info, "Configuration validated. Starting heartbeat %"};
constexpr Kind version{503, Level::info, "heartbeat: version %"};
constexpr Kind generation{504, Level::info, "Heartbeat generation: %"};
constexpr Kind generation_missing{505, Level::warning, "No Previous generation - starting at %"};
constexpr Kind generation_unreadable{
    506, Level::error,
    "The generation file cannot be read; going on with %, above the clock and all that could be read"};
constexpr Kind uuid_made{507, Level::info, "No uuid found for current node - generating a new uuid."};
constexpr Kind udp_failed{535, Level::warning,
                          "%: another program holds it? Heartbeats are heard all the same"};
constexpr Kind orphan{582, Level::warning, "The engine of an earlier heartbeat is still running; ending it"};
constexpr Kind leftovers{
    529, Level::warning,
    "An earlier heartbeat ended without releasing % resource groups; releasing them now"};
constexpr Kind leftover_unknown{
    530, Level::error, "The list of what it held cannot be read; look for its addresses and scripts"};
constexpr Kind user_missing{
    340, Level::warning,
    "/etc/passwd has no user hacluster: the engine runs as nobody, and other programs of nobody can end it"};
constexpr Kind not_started{586, Level::error, "%"};
constexpr Kind all_media_up{613, Level::debug, "all media are up"};

// Media and ping nodes
constexpr Kind medium_started{508, Level::info,
                              "glib: UDP Broadcast heartbeat started on port % (%) interface %"};
constexpr Kind medium_failed{509, Level::error, "Interface % is not there or down; waiting for it"};
constexpr Kind medium_without_arp{584, Level::error,
                                  "Interface % does no ARP; no heartbeats can leave by it"};
constexpr Kind medium_not_opened{585, Level::error, "%: %"};
constexpr Kind medium_lost{510, Level::warning, "Interface % %; no heartbeats leave by it"};
constexpr Kind medium_back{511, Level::info, "Interface % is up; heartbeats leave by it again"};
constexpr Kind ping_started{580, Level::info, "glib: ping heartbeat started."};
constexpr Kind ping_failed{581, Level::warning, "%: the ping nodes cannot be asked"};

// Configuration
constexpr Kind config_unusable{587, Level::error, "Configuration error, heartbeat not started."};
constexpr Kind config_refused{516, Level::error,
                              "Configuration error; going on with the configuration that was read before."};
constexpr Kind config_unchanged{517, Level::info, "Configuration unchanged."};
constexpr Kind config_reread{518, Level::info, "Rereading the configuration."};
constexpr Kind keys_reread{519, Level::info, "Rereading authentication file."};
constexpr Kind group_removed{521, Level::info, "No longer configured: %"};
constexpr Kind reload_given_up{
    539, Level::error,
    "%: could not be stopped, so the configuration that was read before goes on. Stop it by hand, say `hbctl unblock`, and reload "
    "again"};
constexpr Kind name_waited_for{320, Level::warning,
                               "Waiting until this host has the name of a node in ha.cf."};
constexpr Kind name_waited_for_beside_errors{324, Level::error,
                                             "Waiting until this host has the name of a node in ha.cf."};
constexpr Kind host_known{322, Level::info, "A ping node that was waited for is in /etc/hosts now"};
constexpr Kind host_and_files_changed{
    323, Level::info,
    "A ping node that was waited for is in /etc/hosts now, and files in % have changed: `heartbeat -r` takes both"};
constexpr Kind debug_level{552, Level::info, "debug level is now %"};

// The other processes
constexpr Kind engine_died{522, Level::error, "The engine ended unexpectedly (%)"};
constexpr Kind engine_not_started{588, Level::error, "%"};
constexpr Kind engine_restarted{523, Level::info, "Starting the engine again in % ms"};
constexpr Kind engine_gave_up{524, Level::critical, "The engine ended five times within a minute; giving up"};
constexpr Kind engine_waits{538, Level::warning,
                            "The next engine waits until its generation % is on the disk"};
constexpr Kind engine_for_stop{537, Level::info,
                               "Starting the engine once more, so that the peers hear of the stop"};
constexpr Kind engine_turns_no_more{
    589, Level::error, "The engine does not turn any more; releasing everything that is held here"};
constexpr Kind lease_passed{526, Level::error,
                            "The right to hold has passed; releasing everything that is held here"};
constexpr Kind right_disbelieved{
    590, Level::error,
    "The engine claims a right to hold that no engine has; releasing everything that is held here"};
constexpr Kind request_refused{534, Level::error, "Request of the engine %; ignored"};
constexpr Kind writer_died{531, Level::error, "The writer ended; starting another one"};
constexpr Kind writer_not_started{592, Level::error, "%"};
constexpr Kind keeper_died{313, Level::warning,
                           "The keeper of the services' output ended; starting another one"};

// Stop
constexpr Kind shutdown_begins{512, Level::info, "Heartbeat shutdown in progress. (%)"};
constexpr Kind shutdown_complete{513, Level::info, "% Heartbeat shutdown complete."};

// Groups
constexpr Kind acquiring{540, Level::info, "Acquiring resource group: %"};
constexpr Kind many_acquiring{593, Level::info, "Acquiring % resource groups: % to %"};
constexpr Kind releasing{541, Level::info, "Releasing resource group: %"};
constexpr Kind many_releasing{594, Level::info, "Releasing % resource groups: % to %"};
constexpr Kind own_releases{595, Level::info, "Releasing % resource groups"};
constexpr Kind group_released{527, Level::info, "Resource group released: %"};
constexpr Kind more_released{591, Level::info, "... and % more resource groups released"};
constexpr Kind group_blocked{528, Level::critical, "Resource STOP failure; the group stays blocked here: %"};
constexpr Kind holdings_unwritable{
    536, Level::error, "%: what is held could not be found by the next daemon if this one is killed"};

// Scripts
constexpr Kind runs_unasked{
    311, Level::warning,
    "% runs here although this node has not started it: if it runs on another node as well, stop it here. Nothing but heartbeat may "
    "start it: see `hbctl check`"};
constexpr Kind stop_retried{553, Level::warning, "Retrying failed stop operation [%]"};
constexpr Kind stop_confirmed{
    312, Level::warning, "% fails to stop, but its status says that it does not run: it counts as stopped"};

// Addresses
constexpr Kind address_ok{549, Level::info, "Running OK"};
constexpr Kind address_success{597, Level::info, "Success"};
constexpr Kind many_ok{598, Level::info, "Running OK: % addresses from % on, the first on %"};
constexpr Kind many_successes{599, Level::info, "Success: % addresses from % on, the first on %"};
constexpr Kind address_failed{550, Level::error, "%: %"};
constexpr Kind more_failed{600, Level::error, "... and % more addresses"};
constexpr Kind address_added{551, Level::info, "% added to %"};
constexpr Kind address_removed{601, Level::info, "% removed from %"};
constexpr Kind address_already_there{602, Level::info, "% is already on %"};
constexpr Kind address_note{603, Level::info, "%: %"};
constexpr Kind address_restored{532, Level::warning,
                                "% was removed by another program and could not be put back: %"};
constexpr Kind address_given_up{
    533, Level::error, "% is removed by another program again and again; it is not put back any more"};
constexpr Kind address_expired{
    557, Level::warning,
    "% service addresses had expired, because heartbeat stood still; they are there again"};
constexpr Kind arp_failed{554, Level::error, "%: %; whoever else claims our addresses there is not noticed"};
constexpr Kind carrier_lost{
    555, Level::warning,
    "Interface % %; the service addresses that belong there cannot be served by this node"};
constexpr Kind carrier_back{556, Level::info, "Interface % has carrier again"};

// Watchdog
constexpr Kind watchdog_missing{321, Level::error,
                                "%; waiting for it. Until then nothing resets this host when it hangs"};
constexpr Kind watchdog_open{563, Level::info, "Watchdog % resets this host % s after its last feeding"};
constexpr Kind watchdog_differs{564, Level::warning, "Watchdog %: %"};
constexpr Kind watchdog_starves{
    565, Level::critical,
    "The right to hold has passed, and scripts of groups that must not run twice have not stopped: the watchdog is not fed until they "
    "have"};

// The FIFO
constexpr Kind fifo_made{570, Level::info, "Creating FIFO %."};
constexpr Kind fifo_unusable{571, Level::error, "% is no FIFO of root: remove it and start heartbeat again"};
constexpr Kind fifo_not_opened{614, Level::error, "%: nobody can write to heartbeat by it"};
constexpr Kind fifo_refused{572, Level::warning, "FIFO: %"};

}  // namespace hb::supervisor::say
