/** Short names of the generated schema: the one place to change when the server renames a model. */
import type { components } from './schema';

type Schemas = components['schemas'];

export type Session = Schemas['Session'];
export type Membership = Schemas['Membership'];
export type SignInOptions = Schemas['SignInOptions'];
export type SignInBody = Schemas['PasswordSignIn'] | Schemas['CodeSignIn'] | Schemas['DemoSignIn'];
export type Overview = Schemas['Overview'];
export type SiteRow = Schemas['SiteRow'];
export type Consumption = Schemas['Consumption'];
export type Problem = Schemas['Problem'];
export type LiveValue = Schemas['LiveValue'];
