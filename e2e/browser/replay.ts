import { type Gateway, startGateway } from './gateway.ts'
import { writeRecording } from './recording.ts'

/** A gateway of a recording that is over as soon as it began: what it has then stands still. Stopping it removes the recording too. */
export async function startReplay(): Promise<Gateway> {
  const recording = writeRecording(3000)
  try {
    const gateway = await startGateway(['--feed', `replay:${recording.path}`, '--speed', 'max'])
    return {
      ...gateway,
      async stop(signal) {
        await gateway.stop(signal)
        recording.remove()
      },
    }
  } catch (error) {
    recording.remove()
    throw error
  }
}
