/** Where the app begins. */
import 'virtual:tokens.css';
import './app.css';

import { mount } from 'svelte';

import { watchPhone } from '../offline/phone.svelte';
import { keepShell } from '../offline/updates.svelte';
import App from './App.svelte';

keepShell();
watchPhone();
const target = document.getElementById('app');
if (target !== null) mount(App, { target });
