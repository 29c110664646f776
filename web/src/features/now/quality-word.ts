/** The quality of a reading in one word. */
import { named } from '../../format/text';

/** Not written where it is asked for: these few words come with every page, those of the data pages do not. */
const PREFIX = 'quality';

export const qualityWord = (quality: string): string => named(PREFIX, quality);
