# ruff: noqa: E501 - rows of a table and sentences are not broken
"""Which semantic kind a field's name means.

To teach the generator a word, add it to the row of its kind in ``_NAMES``; a new kind also needs
its maker, registered with :func:`~mockwright.shapes.fake.kinds_make.maker`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from mockwright.shapes.fake.names import singular, tokens

# kind: names, as their words in the singular, without accents.
_NAMES: Final = """
first_name: first name, given name, forename, vorname, prenom, primer nombre, nome proprio, voornaam, fname, fornavn, imie, firstname
last_name: last name, family name, surname, nachname, familienname, nom de famille, apellido, cognome, sobrenome, apelido, achternaam, lname, efternamn, nazwisko, lastname
middle_name: middle name, zweiter vorname
full_name: full name, person name, contact name, customer name, user full name, legal name, cardholder name, card holder, cardholder, holder name, account holder, recipient name, author name, owner name, employee name, patient name, sender name, passenger name, guest name, student name, teacher name, doctor name, candidate name, reviewer name, vollstandiger name, nom complet, nombre completo, nome completo, volledige naam, display name, fullname, displayname, real name, member name, client name, driver name, manager name, agent name, rep name, user display name, emergency contact name
person_ref: author, assignee, reporter, reviewer, owner, manager, supervisor, recipient, sender, approver, instructor, teacher, doctor, physician, attendee, organizer, host, cashier, agent, created by, updated by, modified by, assigned to, approved by, reported by, uploaded by, driver, customer, client, patient, contact person, ansprechpartner, kunde, client contact, participant, member, speaker, winner, seller, buyer, passenger, guest, student, employee, sales rep, posted by, submitted by, performed by, signed by, emergency contact, primary contact, next of kin, referrer name, lead, user, actor name
name: name, label name, nom, nombre, nome, naam, navn, namn, nazwa, bezeichnung, titel name, isim, imya
username: username, user name, login, handle, nick, nickname, screen name, benutzername, nombre usuario, nom utilisateur, nome utente, gebruikersnaam, login name, user login, account name, slack handle, twitter handle, screenname
email: email, mail, e mail, email address, mail address, correo, correo electronico, courriel, posta elettronica, emailadresse, contact email, work email, epost, adres email
phone: phone, telephone, tel, mobile, cell, fax, phone number, mobile number, cell phone, telefon, telefonnummer, telefono, telefone, handynummer, handy, portable, cellulare, celular, telefoon, telefoonnummer, movil, contact number, msisdn, whatsapp, home phone, work phone
age: age, alter, edad, eta anni, idade, leeftijd, age year
gender: gender, sex, geschlecht, genero, sexe, geslacht, sesso
salutation: salutation, honorific, name prefix, title prefix, anrede, civilite, aanhef
job_title: job title, position, occupation, profession, job, designation, beruf, profesion, cargo, puesto, metier, functie, professione, job position, berufsbezeichnung, job role, work title
department: department, abteilung, departamento, departement, afdeling, reparto, dept, business unit
birth_date: birth date, date of birth, dob, birthday, birthdate, geburtsdatum, geburtstag, fecha nacimiento, fecha de nacimiento, date naissance, date de naissance, data di nascita, data nascita, data nascimento, data de nascimento, geboortedatum, born, born on
nationality: nationality, citizenship, nationalitat, nationalite, nacionalidad, nazionalita, nationaliteit
marital_status: marital status, civil status, familienstand
ssn: ssn, social security number, national id, tax number ssn
avatar: avatar, avatar url, photo, photo url, profile picture, profile image, picture, profile photo, headshot, avatar image
bio: bio, biography, about me, about, profile summary, uber mich
company: company, company name, organization, organisation, employer, business name, firm, firma, empresa, entreprise, azienda, bedrijf, unternehmen, org, vendor, supplier, manufacturer, merchant, publisher, organization name, vendor name, supplier name, merchant name, client company, societe, carrier name, insurer, insurance provider, insurance company, legal entity, payee, societa, sponsor
industry: industry, branche, sector, industria, secteur
street: street, street address, address line, address line 1, line 1, street name, strasse, strassenname, calle, rue, via, straat, rua, address 1, address1, street 1, direccion, endereco, indirizzo, adresse, ulica, gata, line1, street line 1, strasse hausnummer
street2: address line 2, line 2, street 2, address 2, address2, apartment, apt, suite, adresszusatz, line2, unit number
house_number: house number, street number, hausnummer, building number, numero civico, huisnummer
address: address, full address, formatted address, mailing address, postal address, shipping address, billing address, delivery address, home address, anschrift, lieferadresse, pickup address, dropoff address
city: city, town, stadt, ort, wohnort, ciudad, ville, citta, cidade, stad, plaats, municipality, miasto, locality, kommune, woonplaats, comune, birthplace, place of birth, hometown, birth place
state: state, province, region, bundesland, provincia, estado, provincie, county, stato, prefecture, administrative area, state name
state_code: state code, province code, region code, state abbr
postcode: postcode, zip, zip code, postal code, plz, postleitzahl, codigo postal, code postal, cap, cep, zipcode, postnummer, kod pocztowy, pincode
country: country, country name, land, pais, pays, paese, nation, kraj, herkunftsland
country_code: country code, country iso, iso country, landercode, country iso code, iso2, issuing country
continent: continent, kontinent
latitude: latitude, lat, breitengrad, latitud, latitudine
longitude: longitude, lng, lon, long, langengrad, longitud, longitudine
altitude: altitude, elevation
coordinates: coordinate, geo point, lat lng, lat long, latlng, gps
timezone: timezone, time zone, tz, zeitzone, zona horaria
location: location, place, venue, standort, ubicacion, lieu, luogo, lugar, local, lokation
locale: locale, culture
language: language, sprache, idioma, langue, lingua, taal, preferred language
language_code: language code, lang, lang code
currency: currency, currency code, wahrung, moneda, devise, valuta, moeda, waluta
currency_symbol: currency symbol
price: price, unit price, preis, precio, prix, prezzo, preco, prijs, cena, list price, sale price, retail price, cost, einzelpreis, base price, hourly rate, nightly rate, price per night, fare, kosten, costo, coste, cout, custo, pris, fiyat, rate per hour, unit cost, current price
msrp: msrp, original price, regular price, compare at price, rrp, old price, uvp
amount: amount, total amount, betrag, importe, montant, importo, bedrag, valor, subtotal, sub total, grand total, total price, order total, line total, balance, net, gross, revenue, sales, amount due, amount paid, fee, payment amount, total due, total cost, tip, gesamtbetrag, gesamtpreis, summe, netto, brutto, suma, kwota, deposit, spent, invoice total, outstanding, refund amount, premium, total revenue, available balance, current balance, shipping cost, lifetime value, ltv, monetary value, total spent, profit, expense, cost total, price total, cart total, donation, copay, turnover
salary: salary, annual salary, gehalt, salario, salaire, stipendio, income, wage, base salary, compensation, annual income, jahresgehalt, salaris
payroll: gross pay, net pay, base pay, gross salary, net salary, monthly salary, pay, bonus, overtime pay, deduction, federal tax, state tax, total deduction, withholding, social security, medicare, gross wage, net wage
tax: tax, vat, tax amount, mwst, iva, tva, btw, ust, vat amount, sales tax, steuer
tax_rate: tax rate, vat rate, vat percent, mwst satz
percent: percent, percentage, pct, discount percent, discount percentage, discount rate, progress, completion, discount, rabatt, humidity, battery, battery level, cpu, cpu usage, memory usage, disk usage, utilization, load percent, conversion rate, soc, rate percent, spo 2, oxygen saturation, moisture, coverage, uptime, bounce rate, descuento, remise, sconto, korting, attendance rate, success rate, fill level
rate: interest rate, apr, rate, exchange rate, growth rate, error rate, churn rate, probability, confidence, ratio, score normalized, likelihood
product_name: product name, item name, product, item, produkt, produktname, artikel, artikelname, producto, produit, prodotto, produto, product title, article name, artikelbezeichnung, line item, goods
category: category, kategorie, categoria, categorie, product category, department name product, kategoria
brand: brand, marke, marca, marque, merk, brand name, make brand
sku: sku, article number, item number, artikelnummer, part number, product code, item code, mpn, stock code, model number
barcode: barcode, ean, gtin, upc, ean 13, ean13
isbn: isbn, isbn 13, isbn13
quantity: quantity, qty, menge, anzahl, cantidad, quantite, quantita, quantidade, aantal, number of item, unit count
stock: stock, inventory, stock quantity, in stock count, stock level, lagerbestand, bestand, available quantity, on hand, stock count, units in stock, quantity available, quantity on hand
rating: rating, star, score rating, average rating, bewertung, avg rating, stars, valoracion, overall rating, user rating, customer rating
color: color, colour, farbe, couleur, colore, cor, kleur, primary color
hex_color: hex color, color code, color hex, hex, background color, text color
size: size, grosse, talla, taille, taglia, tamanho, maat, clothing size
weight: weight, gewicht, peso, poids, weight kg, mass
height: height, hohe, altura, hauteur, altezza, hoogte, height cm
width: width, breite, ancho, largeur, depth, tiefe, length cm
material: material, fabric
status: status, state status, zustand, estado pedido, statut, stato ordine, order status, current status, payment status, delivery status, stage, etat
priority: priority, severity, urgency, prioritat, prioridad, priorite, importance, triage level
type: type, kind, typ, tipo, variant, art, soort
payment_method: payment method, payment type, zahlungsart, metodo pago, paid with, pay method
card_number: card number, credit card number, credit card, pan, kartennummer, cc number
card_last4: last 4, last four, card last 4, last4, last digits
card_brand: card brand, card type, card network
cvv: cvv, cvc, security code
card_expiry: expiry, expiration, exp, card expiry, expiry month year
iban: iban
bic: bic, swift, swift code, bic code
account_number: account number, bank account, kontonummer, numero cuenta, konto, account no
routing_number: routing number, sort code, blz
bank: bank, bank name
vat_id: vat id, vat number, tax id, ust id, ustid, vat no, tax identification number
url: url, link, website, homepage, web site, site, href, webseite, uri, web, landing page, canonical url, sitio web, site web, profile url, callback url, redirect url, webhook url, endpoint, source url, html url, web url
image: image, image url, thumbnail, thumbnail url, cover, cover image, poster, logo, logo url, icon url, banner, img, bild, imagen, foto, immagine, featured image, cover url, images
file_name: file name, filename, dateiname, attachment, original name, attachment name
mime: mime type, content type, media type, mime, mimetype, file type
file_size: file size, size byte, byte size, content length, filesize, byte
domain: domain, domain name, hostname, host name, fqdn, subdomain
ip: ip, ip address, ipv4, client ip, remote addr, source ip, ip addr, remote ip, server ip
ipv6: ipv6, ipv 6
mac: mac, mac address
port: port
user_agent: user agent, browser agent
browser: browser
os: os, operating system, platform
device_type: device type, device
http_method: http method, method, verb, request method
status_code: status code, http status, response code
api_path: request path, endpoint path, route path, pathname
file_path: path, file path, filepath
slug: slug, permalink, url key, handle slug
version: version, app version, firmware, firmware version, release version, api version, semver, fw version, software version
hash: hash, sha 256, sha256, checksum, digest, md 5, md5, sha 1, sha1, fingerprint, etag
commit: commit, commit hash, commit sha, sha, revision, git commit
branch: branch, git branch, ref
environment: environment, env
log_level: log level, level log, loglevel
token: token, access token, refresh token, api key, secret, jwt, bearer, auth token, session token, password hash, csrf token, client secret
password: password, passwort, contrasena, mot de passe, senha, wachtwoord, passcode, pwd
uuid: uuid, guid, correlation id, trace id, request id, session id, transaction uuid
id: id, identifier, _id, key id
tracking: tracking number, tracking code, tracking id, tracking, sendungsnummer
order_number: order number, order no, invoice number, invoice no, bestellnummer, rechnungsnummer, ticket number, reference number, reference, confirmation number, booking reference, po number, numero factura, case number, claim number, policy number, receipt number, customer number, kundennummer, contract number, numero, number, code number, document number, order ref, confirmation code, booking code, record locator, pnr, patient number, mrn, medical record number, employee number, student number, serial, serial number, license number, passport number, invoice ref, external reference, payment reference, transaction reference, folio
code: code, coupon code, promo code, coupon, voucher, promocode, discount code, short code
title: title, titel, titulo, titre, titolo, headline, subject, betreff, asunto, sujet, oggetto, onderwerp, heading, subtitle, summary title, assunto, caption title, topic title
description: description, desc, beschreibung, descripcion, descrizione, descricao, beschrijving, detail, summary, overview, excerpt, abstract, zusammenfassung, short description, long description, intro, instruction, product description, meta description, opis, synopsis
comment: comment, review, feedback, testimonial, kommentar, comentario, commentaire, commento, opmerking, review text, comment text, opinion, customer comment, resena, avis
message: message, msg, nachricht, mensaje, messaggio, mensagem, bericht, text message, last message, chat message, reply, preview, notification text
note: note, remark, notiz, nota, anmerkung, bemerkung, internal note, special instruction, delivery instruction, memo, observation, doctor note, clinical note, reason for visit
content: content, body, text, article, inhalt, contenido, contenu, contenuto, conteudo, inhoud, html, markdown, paragraph, post, story, texto, texte, testo, tekst
reason: reason, cause, grund, motivo, rejection reason, cancellation reason
error: error, error message, exception, last error, failure reason
question: question, frage, pregunta, prompt question
answer: answer, antwort, respuesta
tag: tag, label, keyword, schlagwort, etiqueta, topic
skill: skill, competency, technology, tech stack
hobby: hobby, interest
sentence: sentence, phrase, quote, slogan, tagline, motto, catchphrase, caption
word: word
datetime_now: timestamp, datetime, date time, time stamp, recorded at, logged at, measured at, ts, event time, observed at, captured at, occurred at, zeitstempel, marca de tiempo
date: date, datum, fecha, data, giorno, dato, published, dia, jour, tanggal, tarih, release date, datum uhrzeit
time: time, uhrzeit, hora, heure, ora, tijd, opening time, closing time, open time, close time, check in time, check out time
year: year, jahr, ano, annee, anno, jaar, model year, release year, year founded, founded, publication year, baujahr, founding year, year built, graduation year
month: month, monat, mes, mois, mese, maand
day: day, weekday, day of week, wochentag, dia semana
duration: duration, dauer, duracion, duree, durata, duur, runtime, length minute, prep time, cook time, estimated time
count: count, total, total count, number of, view, like, follower, following, share, download, visit, click, impression, play count, view count, like count, comment count, retweet, favorite count, helpful count, review count, reply count, reputation, point, loyalty point, score, num, session count, occupancy, attendee count, capacity, member count, employee count, unread count, copies, enrollment
page: page, current page, seite, pagina, page number
page_size: page size, per page, limit, items per page, pagesize
total_pages: total page, page count, num page
offset: offset, skip
temperature: temperature, temp, temperatur, temperatura, temp c, setpoint, feel like, body temperature, boiling
pressure: pressure, air pressure
heart_rate: heart rate, bpm, pulse, resting heart rate
blood_pressure: blood pressure
blood_type: blood type, blood group, blutgruppe
voltage: voltage
speed: speed, velocity, wind speed, geschwindigkeit
distance: distance, distance km, kilometer, entfernung
power: power, wattage, watt, energy, consumption, kwh
signal: rssi, signal strength
unit: unit, unit of measure, uom, einheit, measurement unit
sensor_value: value, reading, measurement, wert
diagnosis: diagnosis, condition, disease, diagnose, symptom, chief complaint
icd: icd code, icd 10, diagnosis code, icd10
medication: medication, drug, medicine, prescription, medication name, drug name
dosage: dosage, dose
allergy: allergy, allergen
specialty: specialty, speciality, medical specialty, specialization
ward: ward
room_number: room number, room, room no
flight_number: flight number, flight, flight no
airport: airport code, departure airport, arrival airport, iata, iata code, origin airport, destination airport, airport
airport_city: origin, destination, departure city, arrival city, from city, to city
airline: airline, airline name
gate: gate, departure gate, arrival gate
terminal: terminal
seat: seat, seat number
cabin: cabin, cabin class, class of service, travel class, fare class
aircraft: aircraft, aircraft type, plane
vehicle_make: make, vehicle make, car make, automaker
vehicle_model: model, vehicle model, car model
vehicle: vehicle, car, auto
license_plate: license plate, plate, plate number, kennzeichen, registration number, matricula
vin: vin
fuel: fuel, fuel type
transmission: transmission
course: course, course name, class name, lesson, subject name, course title
grade: grade, letter grade, final grade, note finale
gpa: gpa
semester: semester, term
university: university, school, college, institution, alma mater, school name
degree: degree, education level, education, highest degree
major: major, field of study
genre: genre
isrc: isrc
artist: artist, band, musician, singer
song: song, track, song title, track title
album: album
movie: movie, film, movie title
director: director
book_title: book, book title, novel
ingredient: ingredient
cuisine: cuisine
dish: dish, recipe, meal, recipe name, menu item
team: team, team name, squad, home team, away team, club
league: league
project: project, project name
role: role, user role, rolle, rol, account role
permission: permission, scope, authority, privilege
plan: plan, subscription plan, tier, plan name, membership, membership level, loyalty tier
event_name: event name, event title, activity
event_type: event type, event, action, webhook event, trigger
campaign: campaign, campaign name
source: source, channel, referrer, utm source, traffic source, lead source, quelle, acquisition channel
service: service, service name, microservice, app name, component, application, logger, app
server: server, host, instance, node, machine, instance name
repo: repo, repository, repository name
database: database, db, db name
metric: metric, metric name
shipping_method: shipping method, delivery method, shipping option, versandart
payment_term: payment term, term of payment
contract_type: employment type, contract type, job type, employment status, work type
frequency: frequency, interval, billing cycle, billing period, recurrence, pay frequency
emoji: emoji, reaction
feature: feature, amenity, benefit, perk
file_extension: extension, file extension, format, file format
symbol: symbol, ticker, stock symbol
hotel: hotel, hotel name
restaurant: restaurant, restaurant name
weather: weather, weather condition, forecast
breed: breed
budget: budget
mileage: mileage, odometer
population: population
servings: serving
carrier: carrier, shipping carrier, courier
triggered_by: triggered by, owned by, prescribed by, deployed by
animal: animal, pet type
"""

NAMES: Final[dict[tuple[str, ...], str]] = {}
for _line in _NAMES.strip().splitlines():
    _kind, _, _words = _line.partition(":")
    for _name in _words.split(","):
        NAMES.setdefault(tuple(singular(w) for w in tokens(_name)), _kind.strip())

_QUALIFIERS: Final = frozenset(
    [
        "usd",
        "eur",
        "gbp",
        "chf",
        "cent",
        "value",
        "text",
        "str",
        "string",
        "1",
        "2",
        "3",
        "local",
        "raw",
        "c",
        "f",
        "kg",
        "g",
        "cm",
        "mm",
        "m",
        "km",
        "kmh",
        "ms",
        "s",
        "sec",
        "second",
        "minute",
        "hour",
        "day",
        "month",
        "year",
        "percent",
        "mb",
        "gb",
        "primary",
        "secondary",
        "line",
        "no",
        "full",
        "en",
        "de",
        "fr",
        "es",
    ]
)
_PAST: Final = frozenset(
    [
        "created",
        "updated",
        "modified",
        "deleted",
        "published",
        "posted",
        "placed",
        "shipped",
        "delivered",
        "paid",
        "issued",
        "joined",
        "registered",
        "started",
        "ended",
        "completed",
        "closed",
        "opened",
        "resolved",
        "sent",
        "received",
        "scheduled",
        "changed",
        "expired",
        "confirmed",
        "processed",
        "approved",
        "verified",
        "hired",
        "signed",
        "archived",
        "cancelled",
        "canceled",
        "seen",
        "reviewed",
        "submitted",
        "uploaded",
        "edited",
        "read",
        "accepted",
        "last_login",
        "viewed",
        "arrived",
        "departed",
        "admitted",
        "discharged",
        "refreshed",
        "synced",
        "renewed",
        "finished",
        "assigned",
        "cancelled",
        "booked",
        "ordered",
        "fulfilled",
        "erstellt",
        "creado",
        "cree",
        "creato",
        "criado",
        "aktualisiert",
        "geandert",
        "actualizado",
    ]
)
_TIME_TAILS: Final = frozenset(
    ["at", "on", "date", "time", "datetime", "datum", "fecha", "timestamp", "am", "utc"]
)
_TIME_WORDS: Final = frozenset(
    [
        "due",
        "start",
        "end",
        "begin",
        "expiry",
        "expiration",
        "deadline",
        "eta",
        "departure",
        "arrival",
        "check",
        "last",
        "joined",
        "hire",
        "order",
        "invoice",
        "delivery",
        "ship",
        "created",
        "updated",
        "birth",
        "purchase",
        "payment",
        "issue",
        "release",
        "publish",
        "enrollment",
        "admission",
        "discharge",
        "appointment",
        "visit",
        "service",
        "manufacture",
        "next",
        "scheduled",
        "valid",
        "period",
        "pay",
        "return",
        "warranty",
        "login",
        "first",
        "effective",
        "transaction",
        "registration",
        "event",
        "rechnung",
        "liefer",
        "bestell",
        "beginn",
        "ende",
    ]
)
_LONE_TIMES: Final = frozenset(
    [
        "created",
        "updated",
        "modified",
        "deadline",
        "eta",
        "departure",
        "arrival",
        "start",
        "end",
        "from",
        "until",
        "since",
        "expires",
        "due",
        "joined",
        "expiry",
        "birthday",
        "lastlogin",
        "lastseen",
        "createdat",
        "updatedat",
        "startdate",
        "enddate",
        "duedate",
        "orderdate",
        "checkin",
        "checkout",
        "begin",
        "ende",
        "beginn",
    ]
)
_WEAK: Final = frozenset(
    [
        "name",
        "type",
        "date",
        "time",
        "code",
        "title",
        "state",
        "status",
        "note",
        "value",
        "number",
        "id",
    ]
)


def is_time(words: tuple[str, ...]) -> bool:
    """Whether the name means a point in time: ``createdAt``, ``due_date``, ``lastLogin``."""
    if not words:
        return False
    if len(words) == 1:
        return words[0] in _LONE_TIMES or (words[0] in _PAST and words[0] not in ("read", "sent"))
    if words[-1] in _TIME_TAILS:
        return words[-1] not in ("time",) or bool(set(words) & (_PAST | _TIME_WORDS))
    return (words[0] in ("last", "next") and words[-1] in (
        "login", "seen", "updated", "modified", "active", "visit", "activity", "sync", "restock",
        "restocked", "purchase", "payment", "maintenance", "restart", "checked", "run", "order",
    )) or words[-2:] in (("check", "in"), ("check", "out")) or words[0] in ("valid",)  # fmt: skip


@lru_cache(maxsize=8192)
def kind_of(name: str) -> str | None:
    """The kind that a name means; ``timeline`` for points in time, None where it says nothing."""
    words = tokens(name)
    kind = _lookup(words, whole=True)
    if kind is not None:
        return kind
    if is_time(words):
        return "timeline"
    return _lookup(words, whole=False)


def _lookup(words: tuple[str, ...], *, whole: bool) -> str | None:
    if not words:
        return None
    base = tuple(singular(w) for w in words[-6:])
    if whole:
        return NAMES.get(base) or NAMES.get(("".join(base),))
    stripped = base[:-1] if len(base) > 1 and base[-1] in _QUALIFIERS else base
    for candidate in (base, stripped):
        for start in range(len(candidate)):
            if found := NAMES.get(candidate[start:]):
                return found
    if base[0] in ("is", "has", "can", "num", "count", "total"):
        return "count" if base[0] in ("num", "count", "total") else None
    for end in range(len(base) - 1, 0, -1):
        if (found := NAMES.get(base[:end])) and found not in _WEAK and found != "person_ref":
            return found
    return None
