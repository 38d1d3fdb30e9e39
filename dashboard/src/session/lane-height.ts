/** Pixels: what is pressed with a finger takes as much. */
export const LANE_HEIGHT = 24;
