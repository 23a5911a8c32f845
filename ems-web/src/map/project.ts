/** A place with its position on the earth [degrees]. */
export interface Place {
  id: number;
  name: string;
  latitude: number;
  longitude: number;
}

export interface Spot {
  place: Place;
  x: number;
  y: number;
}

export interface Projection {
  spots: readonly Spot[];
  /** Metres that one unit of the drawing stands for. */
  metresPerUnit: number;
}

const EARTH_RADIUS_M = 6_371_000;
const RADIANS = Math.PI / 180;
/** Extent of a site whose places all lie in one spot [m]. */
const SMALLEST_M = 200;

/**
 * Places on a plane of the given size, north up.
 *
 * An equirectangular projection around the middle of the places: exact enough for a campus and honest for a country.
 * Places at one spot are set in a ring around it, so that each can be seen and reached.
 */
export function project(places: readonly Place[], width: number, height: number, margin: number): Projection {
  if (places.length === 0) return { spots: [], metresPerUnit: 1 };
  const middle = (values: readonly number[]) => (Math.min(...values) + Math.max(...values)) / 2;
  const latitude0 = middle(places.map((place) => place.latitude));
  const longitude0 = middle(places.map((place) => place.longitude));
  const metres = spread(
    places.map((place) => ({
      place,
      x: (place.longitude - longitude0) * RADIANS * EARTH_RADIUS_M * Math.cos(latitude0 * RADIANS),
      y: -(place.latitude - latitude0) * RADIANS * EARTH_RADIUS_M,
    })),
  );
  const reach = (values: readonly number[]) => Math.max(...values.map(Math.abs), SMALLEST_M / 2);
  const metresPerUnit = Math.max(
    (2 * reach(metres.map((spot) => spot.x))) / (width - 2 * margin),
    (2 * reach(metres.map((spot) => spot.y))) / (height - 2 * margin),
  );
  return {
    metresPerUnit,
    spots: metres.map(({ place, x, y }) => ({
      place,
      x: width / 2 + x / metresPerUnit,
      y: height / 2 + y / metresPerUnit,
    })),
  };
}

function spread(spots: readonly Spot[]): Spot[] {
  return spots.map((spot) => {
    const same = spots.filter((other) => other.x === spot.x && other.y === spot.y);
    if (same.length === 1) return spot;
    const angle = (2 * Math.PI * same.indexOf(spot)) / same.length;
    return {
      ...spot,
      x: spot.x + (SMALLEST_M / 2) * Math.sin(angle),
      y: spot.y - (SMALLEST_M / 2) * Math.cos(angle),
    };
  });
}

/** The round length nearest below a wish, for the bar of a scale: 1, 2 or 5 times a power of ten. */
export function roundLength(wish: number): number {
  const power = 10 ** Math.floor(Math.log10(wish));
  return power * ([5, 2, 1].find((step) => step * power <= wish) ?? 1);
}
