/** Where the app begins. */
import 'virtual:tokens.css';
import './app.css';

import { mount } from 'svelte';

import { watchPhone } from '../offline/phone.svelte';
import { keepShell } from '../offline/updates.svelte';
import App from './App.svelte';

// Once the code is here and the line is free; a link in the head would take half of it from the code.
void document.fonts.load('14px "Inter Variable"');
keepShell();
watchPhone();
const target = document.getElementById('app');
if (target !== null) mount(App, { target });
