"""Files: configurations with errors, logs that are turned over, disks that are full, state that is torn."""
import os
import socket
import threading
import time

from base import LabTest, heartbeat, unittest, wait
from test_takeover import CALM


class Configuration(LabTest):
    def refused(self, *words):
        """Starts a; exit 6, nothing runs, and each of the words is in what it says."""
        result = self.a.run(heartbeat(), timeout=30)
        text = result.text + self.cluster.log(self.a)
        self.assertEqual(result.code, 6, text)
        for word in words:
            self.assertIn(word, text)
        self.assertEqual(self.cluster.processes(self.a), {})
        return text

    def test_unknown_directive_is_shown_with_its_place_and_a_suggestion(self):
        self.cluster.configure()
        self.a.write('/etc/ha.d/ha.cf', 'deadtme 30\n' + self.cluster.ha_cf())
        self.refused('ha.cf:1:1:', 'deadtme 30', '^', 'deadtime')

    def test_all_errors_are_reported_at_once(self):
        self.cluster.configure()
        self.a.write(
            '/etc/ha.d/ha.cf',
            'keepalive x\nhopfudge 999\n' + self.cluster.ha_cf(keepalive=None) + 'nonsense\n',
        )
        self.refused('ha.cf:1:', 'ha.cf:2:', 'nonsense')

    def test_readable_authkeys_are_refused(self):
        self.cluster.configure()
        os.chmod(self.a.file('/etc/ha.d/authkeys'), 0o644)
        self.refused('Bad permissions on keyfile [/etc/ha.d/', '600 recommended')

    def test_missing_files_are_named(self):
        self.cluster.configure()
        os.unlink(self.a.file('/etc/ha.d/authkeys'))
        self.refused('authkeys')
        self.cluster.configure()
        os.unlink(self.a.file('/etc/ha.d/haresources'))
        self.refused('haresources')
        self.cluster.configure()
        os.unlink(self.a.file('/etc/ha.d/ha.cf'))
        self.refused('ha.cf')

    def test_unknown_node_in_haresources_is_named(self):
        self.cluster.configure(haresources=f'zz {self.service}\n')
        self.refused('zz', 'haresources')

    def test_fifo_directory_binary_and_huge_file_in_place_of_ha_cf_are_refused(self):
        self.cluster.configure()
        path = self.a.file('/etc/ha.d/ha.cf')
        os.unlink(path)
        os.mkfifo(path)
        self.refused('ha.cf')
        os.unlink(path)
        os.mkdir(path)
        self.refused('ha.cf')
        os.rmdir(path)
        with open(path, 'wb') as file:
            file.write(os.urandom(50000))
        self.refused('ha.cf')
        with open(path, 'wb') as file:
            file.write(b'# long\n' * 10_000_000)
        self.refused('ha.cf')

    def test_check_finds_the_same_errors_without_a_daemon(self):
        self.cluster.configure()
        good = self.cluster.check(self.a, 'check')
        self.assertEqual(good.code, 0, good)
        self.a.write('/etc/ha.d/ha.cf', 'deadtme 30\n' + self.cluster.ha_cf())
        os.chmod(self.a.file('/etc/ha.d/authkeys'), 0o644)
        bad = self.cluster.check(self.a, 'check')
        self.assertNotEqual(bad.code, 0)
        self.assertIn('ha.cf:1:1:', bad.text)
        self.assertIn('Bad permissions on keyfile', bad.text)


class Logs(LabTest):
    def test_log_goes_on_in_a_new_file_after_logrotate(self):
        self.cluster.bring_up(**CALM)
        os.rename(self.a.file('/var/log/ha-log'), self.a.file('/var/log/ha-log.1'))
        self.cluster.stop(self.b)
        self.cluster.wait_said(self.a, "Received shutdown notice from 'b'.")

    def test_full_disk_under_the_log_stops_nothing_and_losses_are_said(self):
        self.a.shell('mkdir -p /var/log/small && mount -t tmpfs -o size=64k small /var/log/small', check=True)
        self.cluster.configure(logfile='/var/log/small/ha-log', debugfile=None, **CALM)
        self.b.shell('mkdir -p /var/log/small')
        self.cluster.start()
        self.cluster.wait_owner(self.a)
        self.a.shell('head -c 100000 /dev/zero >/var/log/small/fill')
        self.cluster.stop(self.b)
        wait(lambda: self.cluster.peer_state(self.a) in ('left', 'dead'), 20, 'b has left')
        self.assertTrue(self.a.has(self.service))
        self.a.shell('rm /var/log/small/fill', check=True)
        self.cluster.start(self.b)
        wait(
            lambda: 'Status update for node b' in self.cluster.log(self.a, '/var/log/small/ha-log'),
            20,
            'the log goes on',
        )

    def test_log_in_a_directory_that_does_not_exist_stops_nothing(self):
        self.cluster.configure(logfile='/var/log/nowhere/ha-log', **CALM)
        self.cluster.start()
        self.cluster.wait_owner(self.a)

    def test_syslog_gets_the_text_with_the_tag_of_the_daemon(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog:
            syslog.bind(self.a.file('/dev/log'))
            syslog.settimeout(0.2)
            seen, ended = [], threading.Event()

            def read():
                while not ended.is_set():
                    try:
                        seen.append(syslog.recv(4096).decode(errors='replace'))
                    except TimeoutError:
                        pass

            reader = threading.Thread(target=read)
            reader.start()
            try:
                self.cluster.configure(logfacility='local0', **CALM)
                self.cluster.start()
                line = wait(
                    lambda: [line for line in seen if 'Local status now set to' in line],
                    20,
                    'a line in syslog',
                )[0]
            finally:
                ended.set()
                reader.join()
        self.assertRegex(line, r'^<\d+>.*heartbeat.*info: Local status now set to')
        self.assertEqual(int(line[1 : line.index('>')]) >> 3, 16, 'facility local0')

    def test_dead_syslog_stops_nothing(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog:
            syslog.bind(self.a.file('/dev/log'))  # nobody ever reads
            self.cluster.configure(logfacility='local0', **CALM)
            self.cluster.start()
            self.cluster.wait_owner(self.a)
            self.cluster.wait_said(self.a, 'Local Resource acquisition completed.')


class State(LabTest):
    generation_file = '/var/lib/heartbeat/hb_generation'

    def generation(self, host):
        beats = [message['hg'] for _, message in self.heartbeats(host.name, 'status')]
        return int(beats[-1], 16) if beats else None

    def restart(self):
        before = self.generation(self.a)
        self.cluster.stop(self.a)
        self.cluster.start(self.a)
        self.cluster.wait_formed()
        wait(lambda: self.generation(self.a) != before, 10, 'another generation')

    def test_generation_rises_with_each_start(self):
        self.cluster.bring_up()
        seen = [self.generation(self.a)]
        for _ in range(3):
            self.restart()
            seen.append(self.generation(self.a))
        self.assertEqual(seen, sorted(set(seen)))
        self.assertEqual(len(self.a.read(self.generation_file)), 16)

    def test_generation_rises_after_a_power_cut(self):
        self.cluster.bring_up()
        before = self.generation(self.a)
        self.a.cut_power()
        self.a.boot()
        self.cluster.start(self.a)
        self.cluster.wait_formed()
        wait(lambda: self.generation(self.a) > before, 10, 'a later generation')

    def test_torn_empty_or_missing_generation_file_never_takes_it_back(self):
        self.cluster.bring_up()
        for damage in ('', '12', '\0' * 16, 'x' * 4000, None):
            before = self.generation(self.a)
            self.cluster.stop(self.a)
            if damage is None:
                os.unlink(self.a.file(self.generation_file))
            else:
                self.a.write(self.generation_file, damage)
            # The wall clock is all that is left then: at least it must have gone on since.
            wait(lambda before=before: time.time() > before + 1, 60, 'the clock has passed the generation')
            self.cluster.start(self.a)
            self.cluster.wait_formed()
            wait(lambda before=before: self.generation(self.a) > before, 10, f'a later one after {damage!r:.20}')

    def test_state_directory_that_cannot_be_written_is_said_and_refused_or_survived(self):
        self.cluster.configure()
        self.a.shell('mount -t tmpfs -o ro none /var/lib/heartbeat', check=True)
        result = self.a.run(heartbeat(), timeout=60)
        text = result.text + self.cluster.log(self.a)
        if result.code != 0:
            self.assertIn('/var/lib/heartbeat', text)
            self.assertEqual(self.cluster.processes(self.a), {})
        else:
            wait(
                lambda: '/var/lib/heartbeat' in self.cluster.log(self.a),
                20,
                'a line that names the directory',
            )

    def test_state_directory_that_turns_read_only_later_does_not_stop_a_takeover(self):
        self.cluster.bring_up()
        self.b.shell('mount -t tmpfs -o ro none /var/lib/heartbeat', check=True)
        self.a.cut_power()
        self.cluster.wait_owner(self.b)

    def test_uuid_is_made_once_and_kept(self):
        self.cluster.bring_up()
        with open(self.a.file('/var/lib/heartbeat/hb_uuid'), 'rb') as file:
            first = file.read()
        self.assertEqual(len(first), 16)
        self.restart()
        with open(self.a.file('/var/lib/heartbeat/hb_uuid'), 'rb') as file:
            self.assertEqual(file.read(), first)


if __name__ == '__main__':
    unittest.main()
