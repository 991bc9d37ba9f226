"""Peers that no 3.0.6 is, and each fault of 3.0.6 that the other node must bear."""
import time

from handmade import HandPeer
from mixed import KEYS, LabTest, quick, wait

BRISK = {'keepalive': '200ms', 'warntime': '1', 'deadtime': '2', 'initdead': '4'}


class Handmade(LabTest):
    """Ours on a with group one, the peer on b with group two."""

    def setUp(self):
        super().setUp()
        self.one, self.two = str(self.lab.network[100]), str(self.lab.network[101])
        self.peer = None

    def begin(self, settings=None, **attributes):
        self.cluster.configure(
            haresources=f'a {self.one}\nb {self.two}\n',
            authkeys=KEYS['crc'],
            debugfile=None,
            **{**BRISK, **(settings or {})},
        )
        self.peer = HandPeer(self.b, 'a', **attributes)
        self.addCleanup(self.peer.stop)
        self.peer.start()
        self.cluster.start(self.a)
        wait(lambda: self.a.has(self.one), 30, 'ours serves its own group')
        return self.peer

    def settle(self):
        said = dict(isstable='1', rsc_hold='local')
        wait(lambda: self.peer.stable and self.peer.said('resource', **said), 30, 'both are settled')
        time.sleep(0.5)

    def check_wire(self):
        pass  # the capture holds what the peer sends, too

    def held(self):
        return [address for address in (self.one, self.two) if self.a.has(address)]

    def check_whole_life(self, **attributes):
        """Start, standby of ours, standby of the peer, its stop."""
        peer = self.begin(**attributes)
        self.settle()
        self.assertEqual(self.held(), [self.one])
        self.cluster.check(self.a, 'standby', 'all')
        wait(lambda: peer.holds == {'local', 'foreign'} and not self.held(), 20, 'the peer has all')
        time.sleep(0.5)
        peer.standby('all')
        wait(lambda: self.held() == [self.one, self.two] and peer.giving is None, 20, 'ours has all')
        time.sleep(0.5)
        peer.standby('local')  # nothing of it here: the handshake runs all the same
        wait(lambda: peer.giving is None, 20, 'the handshake ended')
        self.cluster.check(self.a, 'standby', 'foreign')
        wait(lambda: peer.holds == {'local'} and self.held() == [self.one], 20, 'each has its own')
        peer.holds = set()
        peer.tell(False, info='shutdown')
        time.sleep(0.5)
        self.assertEqual(self.held(), [self.one], 'nothing before shutdone')
        peer.send('shutdone', st='dead')
        wait(lambda: self.held() == [self.one, self.two], 20, 'ours takes over')
        for text in ('ERROR', 'CRIT'):
            self.assert_not_said(self.a, f' {text}: ')

    @quick
    def test_a_peer_that_speaks_classic_only(self):
        self.check_whole_life(form='classic')

    def test_a_peer_that_speaks_netstring(self):
        self.check_whole_life()

    @quick
    def test_a_peer_without_protocol(self):
        self.check_whole_life(protocol=False, asks_for_nodes=False, answers_reqnodes=False)

    def test_a_peer_without_uuid(self):
        self.check_whole_life(with_uuid=False)

    def test_a_peer_that_sends_to_the_broadcast_address_of_old(self):
        self.check_whole_life(to='255.255.255.255')

    def test_a_peer_with_unknown_fields_in_every_message(self):
        fields = (('x-new', b'1'), ('hb5', b'2.0/ff/-'), ('empty', b''), ('blank', b' a b '))
        self.check_whole_life(extra=fields)

    def test_a_peer_that_says_each_resource_message_three_times(self):
        self.check_whole_life(repeats=3)
        self.assertLess(len(self.peer.said('resource')), 40, 'no storm')

    def test_unknown_types_and_fields_of_all_valid_types_change_nothing(self):
        peer = self.begin()
        self.settle()
        mark = self.cluster.mark(self.a)
        peer.send('news')
        peer.send('NS_news')
        peer.send('x' * 31, dest='a')
        peer.send('addnode', node='c')
        peer.send('query-cstatus', cn='ipfail', from_id='x', to_id='y')
        peer.send('stonith', node='c', result='bad')
        peer.send('news', bin=(1, b'\0\1,='), list=(3, b'1:a,2:bc,'), inner=(2, b'###\n5:(0)a=,%%%\n'))
        peer.send('news', bulk='x' * 20000)
        time.sleep(2)
        self.assertEqual(self.held(), [self.one])
        self.assert_not_said(self.a, 'is dead', mark)
        self.assert_not_said(self.a, 'Irretrievably', mark)

    @quick
    def test_a_peer_that_never_answers_reqnodes_blocks_nothing(self):
        peer = self.begin(answers_reqnodes=False)
        self.settle()
        self.assertEqual(self.held(), [self.one])
        self.assertTrue(peer.said('repnodes'))
        before = len(peer.said('repnodes'))
        peer.send('reqnodes', dest='a')
        wait(lambda: len(peer.said('repnodes')) > before, 5, 'ours answers in every state')
        self.assertEqual(sorted(peer.said('repnodes')[-1][1]['nodelist'].split()), ['a', 'b'])

    @quick
    def test_a_gap_that_closes_at_once_is_not_asked_for(self):
        peer = self.begin()
        self.settle()
        closed = []
        while len(closed) < 8:
            with peer.lock:  # nothing else is sent meanwhile
                late = peer.make('status', st='active', dt='7d0', protocol='1')
                number, begin = peer.seq, time.monotonic()
                peer.beat()
                time.sleep(0.02)
                peer.put(late)
                if time.monotonic() - begin < 0.04:  # else a busy machine has made it a real one
                    closed.append(number)
            time.sleep(0.1)
        for number in closed:
            self.assertEqual(peer.said('NS_rexmit', firstseq=str(number)), [])

    @quick
    def test_a_gap_is_asked_for_in_decimal_until_it_closes(self):
        peer = self.begin(resends=False)
        self.settle()
        while peer.seq % 16 < 10:
            peer.beat()
        at = time.time()
        peer.make('status', st='active', dt='7d0', protocol='1')
        missing = peer.seq
        peer.beat()
        number = dict(firstseq=str(missing), lastseq=str(missing))
        wait(lambda: len(peer.said('NS_rexmit', at, **number)) >= 3, 10, 'asked thrice')
        asked = peer.said('NS_rexmit', at)
        self.assertGreater(asked[0][0] - at, 0.045)
        self.assertEqual({fields['dest'] for _, fields in asked}, {'b'})
        peer.put(peer.store[missing])
        time.sleep(0.5)
        number = len(peer.said('NS_rexmit'))
        time.sleep(1)
        self.assertEqual(len(peer.said('NS_rexmit')), number)

    def test_a_message_that_the_peer_cannot_send_again_is_given_up(self):
        peer = self.begin(resends=False)
        self.settle()
        peer.make('status', st='active', dt='7d0', protocol='1')
        missing = peer.seq
        peer.beat()
        wait(lambda: peer.said('NS_rexmit', firstseq=str(missing)), 10, 'asked')
        peer.send('NS_nak_rexmit', dest='a', firstseq=f'{missing:x}', info='seqno not found')
        time.sleep(0.5)
        number = len(peer.said('NS_rexmit'))
        time.sleep(1)
        self.assertEqual(len(peer.said('NS_rexmit')), number)
        self.assert_said(self.a, f'Irretrievably lost packet: node b seq {missing}')
        self.check_moves()

    def check_moves(self):
        self.cluster.check(self.a, 'standby', 'all')
        wait(lambda: not self.held() and self.peer.holds == {'local', 'foreign'}, 20, 'the peer has all')

    @quick
    def test_ours_sends_again_what_is_asked_for_in_decimal(self):
        peer = self.begin(acknowledges=False)
        self.settle()
        wait(lambda: peer.last > 25, 20, 'some messages')
        at = time.time()
        peer.send('NS_rexmit', dest='a', firstseq='12', lastseq='14')

        def numbers():
            return {fields.get('seq') for when, fields in list(peer.heard) if when > at}

        wait(lambda: numbers() >= {'c', 'd', 'e'}, 10, '12 to 14 again')
        peer.send('NS_rexmit', dest='a', firstseq='99999', lastseq='99999')
        peer.send('NS_rexmit', dest='a', firstseq='0', lastseq='99999999')
        peer.send('NS_rexmit', dest='a', firstseq='-1', lastseq='x')
        time.sleep(1)
        self.assertEqual(self.held(), [self.one])

    def test_what_ours_no_longer_has_is_refused_in_hex(self):
        peer = self.begin({'keepalive': '20ms', 'warntime': '1', 'deadtime': '2'}, acknowledges=False)
        self.settle()
        wait(lambda: peer.last > 700, 60, '700 messages')
        peer.send('NS_rexmit', dest='a', firstseq='26', lastseq='26')
        wait(lambda: peer.said('NS_nak_rexmit', firstseq='1a'), 10, 'a NAK')

    def test_a_peer_that_never_acknowledges_costs_nothing(self):
        peer = self.begin({'keepalive': '20ms', 'warntime': '1', 'deadtime': '2'}, acknowledges=False)
        self.settle()
        wait(lambda: peer.last > 900, 60, '900 messages')
        self.assertEqual(self.held(), [self.one])
        self.assertLess(len(self.cluster.log(self.a).splitlines()), 80)

    def test_ours_acknowledges_often_enough(self):
        peer = self.begin(keepalive=0.02)
        self.settle()
        wait(lambda: peer.seq > 300, 30, '300 messages')
        acknowledged = [int(fields['ackseq'], 16) for _, fields in peer.said('NS_ackmsg', dest='b')]
        self.assertGreater(len(acknowledged), 20)
        self.assertLess(peer.seq - max(acknowledged), 60)

    def test_a_late_answer_is_waited_for(self):
        self.begin(answer_delay=1.5)
        self.settle()
        self.check_moves()

    def test_a_standby_request_that_nobody_answers_is_given_up(self):
        peer = self.begin()
        self.settle()
        peer.answers = False
        self.cluster.check(self.a, 'standby', 'all')
        self.cluster.wait_said(self.a, 'No reply to standby request', 30)
        self.assertEqual(self.held(), [self.one])
        peer.answers = True
        peer.tell(True)
        time.sleep(0.5)
        self.check_moves()

    def test_handshake_messages_that_nobody_expects_are_ignored(self):
        peer = self.begin()
        self.settle()
        for info in ('done', 'other', 'bogus', ''):
            for which in ('all', 'local', 'foreign', 'none', 'bogus'):
                peer.ask(which, info)
        time.sleep(1)
        self.assertEqual(self.held(), [self.one])
        self.check_moves()

    def test_resource_messages_that_make_no_sense_change_nothing(self):
        peer = self.begin()
        self.settle()
        peer.send('resource')
        peer.send('resource', rsc_hold='bogus', rtype='full', isstable='1')
        peer.send('resource', rsc_hold='local')
        peer.send('resource', rsc_hold='local', rtype='bogus', isstable='7')
        peer.send('resource', rsc_hold='foreign', info='mach_down', rtype='none')
        peer.send('hb_takeover', rsc_hold='bogus')
        peer.send('hb_takeover')
        time.sleep(1)
        peer.tell(True)
        time.sleep(0.5)
        self.assertEqual(len(self.held()), 1)

    def test_a_peer_that_claims_what_ours_holds_ends_with_one_owner(self):
        """It holds nothing in truth: only what ours has is to be seen."""
        peer = self.begin()
        self.settle()
        peer.holds = {'local', 'foreign'}
        peer.tell(True)
        time.sleep(3)
        peer.holds = {'local'}
        peer.tell(True)
        wait(lambda: self.held() == [self.one], 30, 'ours serves its own group')

    @quick
    def test_a_status_dead_of_a_living_peer_ends_no_process(self):
        peer = self.begin()
        self.settle()
        before = sorted(self.cluster.processes(self.a))
        peer.beat('dead')
        time.sleep(3)
        self.assertEqual(sorted(self.cluster.processes(self.a)), before)
        self.assertIn(self.one, self.held())

    def test_an_announced_deadtime_is_waited_for(self):
        peer = self.begin(dt=8000)
        self.settle()
        peer.beats = False
        mark = self.cluster.mark(self.a)
        time.sleep(5)
        self.assert_not_said(self.a, 'is dead', mark)
        wait(lambda: self.held() == [self.one, self.two], 20, 'ours takes over in the end')

    def test_a_message_of_an_earlier_generation_is_dropped(self):
        peer = self.begin()
        self.settle()
        peer.put(peer.encode('shutdone', {'st': 'dead'}, 7, hg=peer.hg - 1))
        time.sleep(1)
        self.assertEqual(self.held(), [self.one])
        self.assert_not_said(self.a, 'Received shutdown notice')

    def test_messages_in_the_name_of_others_are_dropped(self):
        peer = self.begin()
        self.settle()
        for name in ('a', 'B', 'c', '', 'x' * 300):
            peer.put(peer.encode('status', {'st': 'active', 'protocol': '1'}, 70000, src=name))
            peer.put(peer.encode('shutdone', {'st': 'dead'}, 70001, src=name))
        time.sleep(1)
        self.assertEqual(self.held(), [self.one])

    def test_a_jump_of_thousand_numbers_is_survived(self):
        peer = self.begin()
        self.settle()
        peer.seq += 1000
        peer.beat()
        time.sleep(3)
        self.assertEqual(self.held(), [self.one])
        self.check_moves()

    def test_a_silent_peer_that_returns_with_its_generation_does_not_stop_ours(self):
        peer = self.begin()
        self.settle()
        peer.beats = False
        wait(lambda: self.held() == [self.one, self.two], 20, 'ours takes over')
        before = self.cluster.supervisor(self.a)
        peer.beats = True
        time.sleep(4)
        self.assertEqual(self.cluster.supervisor(self.a), before)
        self.assertIn(self.one, self.held())
