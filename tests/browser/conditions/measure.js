// Measures ICE servers in a browser: how long gathering takes, and whether calls connect.

const GATHERING = 45000; // what takes longer never ends, or nearly so
const CONNECTING = 20000;
const CHUNK = 'x'.repeat(8000);
const CHUNKS = 8; // as many bytes as in two seconds of video
const CALLS_AT_ONCE = 24;

const sleep = ms => new Promise(resolve => setTimeout(() => resolve(null), ms));

// Gathers candidates with one server; calls `onRelay` at the first relay candidate.
async function gather(server, onRelay = () => {}) {
  const found = { ms: null, types: [], errors: [], thrown: null };
  let peer;
  try {
    peer = new RTCPeerConnection({ iceServers: [server] });
  } catch (error) {
    return { ...found, thrown: String(error) };
  }
  peer.createDataChannel('data');
  const ended = new Promise(resolve => {
    peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && resolve(performance.now());
  });
  peer.onicecandidate = ({ candidate }) => {
    if (!candidate || !candidate.candidate || found.types.includes(candidate.type)) return;
    found.types.push(candidate.type);
    if (candidate.type === 'relay') onRelay();
  };
  peer.onicecandidateerror = error => found.errors.push(error.errorCode);
  const offer = await peer.createOffer();
  const started = performance.now();
  await peer.setLocalDescription(offer);
  const end = await Promise.race([ended, sleep(GATHERING)]);
  found.ms = end && end - started;
  peer.close();
  return found;
}

// Sends messages that come back, and returns how long that takes; nothing if it takes longer than `limit`.
async function echo(channel, message, count, limit) {
  const started = performance.now();
  let received = 0;
  const echoed = new Promise(resolve => {
    channel.onmessage = () => ++received === count && resolve(performance.now() - started);
  });
  for (let n = 0; n < count; n++) channel.send(message);
  return Promise.race([echoed, sleep(limit)]);
}

// Connects a relayed peer to one that is relayed, or direct and knows its own address by a STUN server, and sends as
// much as a call does there and back; after `lasts` milliseconds the call must still work.
async function call(server, stun, lasts) {
  const relayed = { iceServers: [server], iceTransportPolicy: 'relay' };
  const peers = [relayed, stun ? { iceServers: [stun] } : relayed].map(configuration => new RTCPeerConnection(configuration));
  const [first, second] = peers;
  peers.forEach((peer, at) => {
    peer.onicecandidate = ({ candidate }) => candidate && peers[1 - at].addIceCandidate(candidate).catch(() => {});
  });
  const channel = first.createDataChannel('data');
  const opened = new Promise(resolve => { channel.onopen = () => resolve(true); });
  second.ondatachannel = ({ channel }) => { channel.onmessage = ({ data }) => channel.send(data); };
  const offer = await first.createOffer();
  await first.setLocalDescription(offer);
  await second.setRemoteDescription(offer);
  const answer = await second.createAnswer();
  await second.setLocalDescription(answer);
  await first.setRemoteDescription(answer);
  let result = 'not connected';
  if (await Promise.race([opened, sleep(CONNECTING)])) {
    const pings = [];
    for (let n = 0; n < 3; n++) pings.push(await echo(channel, 'x', 1, 5000) ?? Infinity);
    const roundTrip = Math.min(...pings);
    // A data channel starts slowly, with twice as much in each round trip; past a second it also sends all again too early.
    const count = roundTrip < 1000 ? CHUNKS : 1;
    const isFast = roundTrip < 5000 && await echo(channel, CHUNK, count, 3000 + 16 * roundTrip);
    result = isFast ? 'works' : 'too slow';
    await sleep(lasts);
    if (lasts && !await echo(channel, 'x', 1, 3000)) result = 'ended early';
  }
  peers.forEach(peer => peer.close());
  return result;
}

let running = 0;
const waiting = [];
async function inTurn(task) {
  if (running >= CALLS_AT_ONCE) await new Promise(resolve => waiting.push(resolve));
  running += 1;
  try {
    return await task();
  } catch (error) {
    return String(error);
  } finally {
    running -= 1;
    if (waiting.length) waiting.shift()();
  }
}

// Measures one condition: calls begin as soon as there is a relay candidate.
async function measure({ server, lasts, stun }) {
  let onRelay;
  const relay = new Promise(resolve => { onRelay = () => resolve(true); });
  const gathering = gather(server, onRelay);
  const isRelayed = await Promise.race([relay, gathering.then(() => false)]);
  const results = isRelayed
    ? await Promise.all([null, stun].map(other => inTurn(() => call(server, other, lasts))))
    : [null, null];
  return { ...await gathering, both: results[0], one: results[1] };
}

async function measureAll(conditions) {
  return Promise.all(conditions.map(measure));
}

// Gathers with one server after the other.
async function measureTimes(servers) {
  const times = [];
  for (const server of servers) times.push((await gather(server)).ms);
  return times;
}
