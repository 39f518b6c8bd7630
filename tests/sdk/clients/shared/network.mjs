// A browser tells the SDKs when the network goes away. Node has nothing of the kind, so a driver plays the browser.
const network = new EventTarget();

/** Must run before the SDK loads, which looks once whether anybody could tell it. */
export function installNetwork() {
  globalThis.addEventListener = network.addEventListener.bind(network);
  globalThis.removeEventListener = network.removeEventListener.bind(network);
}

/** Every connection of this process hears that the network is gone. */
export const goOffline = () => void network.dispatchEvent(new Event('offline'));
