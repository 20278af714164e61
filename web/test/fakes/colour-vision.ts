import { channels, linear } from '../../src/theme/palettes.ts'

/** How an eye sees: with all cones, or without those for red, green or blue. */
export type Vision = 'normal' | 'protan' | 'deutan' | 'tritan'
export const VISIONS: readonly Vision[] = ['normal', 'protan', 'deutan', 'tritan']

/**
 * How far apart two `#RRGGBB` colours look to such an eye: distance in OKLab, times 100.
 *
 * Sources: Machado, Oliveira, Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009), severity 1.0, on linear
 * light; Ottosson, "A perceptual color space for image processing" (2020).
 */
export function distance(a: string, b: string, vision: Vision): number {
  const from = seen(a, vision)
  const to = seen(b, vision)
  return 100 * Math.hypot(...from.map((value, at) => value - (to[at] ?? 0)))
}

function seen(colour: string, vision: Vision): readonly number[] {
  const light = times(MACHADO[vision], channels(colour).map(linear)).map((value) => Math.min(1, Math.max(0, value)))
  return times(TO_LAB, times(TO_CONES, light).map(Math.cbrt))
}

type Matrix = readonly (readonly [number, number, number])[]

function times(matrix: Matrix, [x = 0, y = 0, z = 0]: readonly number[]): readonly number[] {
  return matrix.map(([a, b, c]) => a * x + b * y + c * z)
}

const MACHADO: Readonly<Record<Vision, Matrix>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}
const TO_CONES: Matrix = [
  [0.4122214708, 0.5363325363, 0.0514459929],
  [0.2119034982, 0.6806995451, 0.1073969566],
  [0.0883024619, 0.2817188376, 0.6299787005],
]
const TO_LAB: Matrix = [
  [0.2104542553, 0.793617785, -0.0040720468],
  [1.9779984951, -2.428592205, 0.4505937099],
  [0.0259040371, 0.7827717662, -0.808675766],
]
