/** Whether the client has this one: `*`, or among those it lists. A proxy that compressed the answer may have made it weak. */
export function isHeld(ifNoneMatch: string | undefined, etag: string): boolean {
  return (ifNoneMatch ?? '').split(',').some((one) => ['*', etag, `W/${etag}`].includes(one.trim()))
}
