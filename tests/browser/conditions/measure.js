// Measures ICE servers in a browser: how long gathering takes, and whether calls connect.

const GATHERING = 45000; // what takes longer never ends, or nearly so
const CONNECTING = 20000;
const CHUNK = 'x'.repeat(8000);
const CHUNKS = 8; // as many bytes as in two seconds of video
const CALLS_AT_ONCE = 24;

const sleep = ms => new Promise(resolve => setTimeout(() => resolve(null), ms));

// Returns a function that runs tasks, so many at once, and the others in turn.
function queue(places) {
  const waiting = [];
  return async task => {
    if (places === 0) await new Promise(resolve => waiting.push(resolve));
    else places -= 1;
    try {
      return await task();
    } finally {
      if (waiting.length) waiting.shift()();
      else places += 1;
    }
  };
}

// To begin costs the browser a few milliseconds: if all began at once, all would be measured late.
const beginInTurn = queue(1);
const callInTurn = queue(CALLS_AT_ONCE);

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
  const started = await beginInTurn(async () => {
    const offer = await peer.createOffer();
    const now = performance.now();
    await peer.setLocalDescription(offer);
    return now;
  });
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
// much as a call does there and back within `patience` and some round trips; after `lasts` milliseconds the call must
// still work. Returns how that ends, and after
// how many milliseconds both were connected.
async function call(server, stun, { patience, lasts }) {
  const relayed = { iceServers: [server], iceTransportPolicy: 'relay' };
  const peers = [relayed, stun ? { iceServers: [stun] } : relayed].map(configuration => new RTCPeerConnection(configuration));
  const [first, second] = peers;
  // A candidate that comes before the description of its peer would be lost.
  let onDescribed;
  const described = new Promise(resolve => { onDescribed = resolve; });
  peers.forEach((peer, at) => {
    peer.onicecandidate = async ({ candidate }) => {
      await described;
      if (candidate) peers[1 - at].addIceCandidate(candidate).catch(() => {});
    };
  });
  const channel = first.createDataChannel('data');
  const opened = new Promise(resolve => { channel.onopen = () => resolve(true); });
  second.ondatachannel = ({ channel }) => { channel.onmessage = ({ data }) => channel.send(data); };
  const started = performance.now();
  const offer = await first.createOffer();
  await first.setLocalDescription(offer);
  await second.setRemoteDescription(offer);
  const answer = await second.createAnswer();
  await second.setLocalDescription(answer);
  await first.setRemoteDescription(answer);
  onDescribed();
  let result = 'not connected';
  let connected = null;
  if (await Promise.race([opened, sleep(CONNECTING)])) {
    connected = performance.now() - started;
    const pings = [];
    for (let n = 0; n < 3; n++) pings.push(await echo(channel, 'x', 1, 5000) ?? Infinity);
    const roundTrip = Math.min(...pings);
    // A data channel starts slowly, with twice as much in each round trip; past a second it also sends all again too early.
    const count = roundTrip < 1000 ? CHUNKS : 1;
    const isFast = roundTrip < 5000 && await echo(channel, CHUNK, count, patience + 16 * roundTrip);
    result = isFast ? 'works' : 'too slow';
    await sleep(lasts);
    if (lasts && !await echo(channel, 'x', 1, 3000)) result = 'ended early';
  }
  peers.forEach(peer => peer.close());
  return [result, connected];
}

// Measures one condition: calls begin as soon as there is a relay candidate.
async function measure({ server, stun, ...limits }) {
  let onRelay;
  const relay = new Promise(resolve => { onRelay = () => resolve(true); });
  const gathering = gather(server, onRelay);
  const isRelayed = await Promise.race([relay, gathering.then(() => false)]);
  // Calls would delay the gathering that is still to begin.
  if (isRelayed) await beginInTurn(() => {});
  // A call that has to last is idle for most of its time.
  const inTurn = limits.lasts ? task => task() : callInTurn;
  const callWith = other => inTurn(() => call(server, other, limits)).catch(error => [String(error), null]);
  const [both, one] = isRelayed ? await Promise.all([null, stun].map(callWith)) : [null, null];
  return { ...await gathering, both, one };
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
