import { type Client, type ConnectOptions, connectThrough } from './client.ts'
import { socketio } from './transports/socketio.ts'

/**
 * Connects to a Depthcast server, at `http(s)://` or `ws(s)://`, and stays connected: what is subscribed is asked for again after every
 * reconnect, from where it was, and is not called live before the server has brought it up to date.
 *
 * Throws ClientError when the URL is not one. Everything later is a state, not a throw.
 */
export function connect(url: string | URL, { transport = socketio, ...options }: ConnectOptions = {}): Client {
  return connectThrough(transport, url, options)
}
