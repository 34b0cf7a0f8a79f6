/**
 * Common words of English and of the languages that are told from it: function words first, then what people write to
 * each other. Written for this project. A word may stand in several lists, and then counts for each. Accents don't
 * matter, because they are dropped when a word is looked up; words of one letter are never looked up.
 */
export const commonWords: Readonly<Record<string, string>> = {
  en: `the and you that this with what your they have just like it is was are be been being of to in for on at by from
    as an or not no yes if so do does did don doesn didn isn wasn aren weren couldn wouldn shouldn haven hasn hadn ain
    im ive id ill dont cant wont didnt doesnt isnt thats whats youre theyre lets he she him her his hers we us our ours
    me my mine i'm its their them there here then than these those who whom whose which why how when where will would
    can could should shall may might must has had am but because about after before into over under out off up down
    again also only very too much many more most some any all both each every other another such same own few little
    one two three four five ten first last next new old good bad best better worse worst great nice right wrong big
    small long short high low hot cold real true false sure really actually maybe probably never always ever still
    already yet even well now today tomorrow yesterday tonight morning night day days week weeks month months year
    years time times hour hours minute minutes people person man men woman women guy guys girl girls boy boys kid kids
    child children friend friends family mom mum dad mother father brother sister baby wife husband life world thing
    things way place home house work job school money phone game games team play player movie film show song songs
    music video videos channel book story news word words name question answer problem idea reason point part end
    side hand head face eye eyes heart love loved loves hate hates hated want wants wanted need needs needed know
    knows knew think thinks thought say says said tell told ask asked talk talking look looks looking looked see sees
    saw seen watch watching watched hear heard feel feels feeling felt make makes made making get gets got getting
    give gives gave take takes took taken taking come comes came coming go goes going went gone keep let put run
    stop start started try trying tried call called calling help find found leave left stay live living lives die
    died dead kill killed read write wrote eat drink drive buy sell pay paid win won lose lost use used using turn
    follow check click join send sent reply text free please plz pls thank thanks sorry hello hey hi welcome bye
    happy sad mad angry funny fun cool awesome amazing beautiful pretty ugly cute hard easy fast slow late early
    black white red blue green gay stupid dumb idiot shit fuck fucking fucked fuckin damn hell bitch bitches ass
    nigga niggas nigger hoe hoes pussy dick crap trash god jesus lord lol lmao omg wtf idk tbh smh bro dude yeah yea
    yep nah nope ok okay gonna wanna gotta cuz ur ya yall rt thx ty gg wow haha hahaha ever someone something anyone
    anything everyone everything nothing nobody somebody enough almost around through without against between while
    until since though although however instead else least less rather quite back away together ago soon later once
    twice half full whole different important possible able available against believe remember forget wait care
    matter mean means meant sound sounds seem seems agree watch tweet follow account email website http https www com
    new york city state country government president trump obama america american english party vote law police war
    fire water food car dog cat birthday weekend monday tuesday wednesday thursday friday saturday sunday january
    february april june july august september october november december hope wish miss hit line fan fans season
    cafe resume naive fiance cliche beyonce pokemon amp quot gt lt subscribe sub likes post page please share
    dis dat dem dey doe hos jus da yo hay ima fam kinda sus glad spiel fuq wat tru bout til till gon mo mon hun era grand`,
  es: `que de la el los las una unos unas del por para con sin sobre entre pero porque como cuando donde quien cual
    muy mas menos tambien tampoco nunca siempre nada nadie algo alguien todo todos toda todas otro otra otros mucho
    mucha muchos muchas poco este esta esto estos estas ese esa eso aqui ahi alla ahora hoy ayer manana luego despues
    antes ya aun todavia si es son era fue ser estar estoy estas esta estamos estan estaba soy eres somos tengo tienes
    tiene tienen tenemos hay haber he ha han hace hacer haces hago hizo puede puedo puedes pueden poder quiero quieres
    quiere quieren querer sabe sabes alguien creo creer digo dice decir dijo voy vas va vamos van ir vete ven dar
    da dale ver veo mira mirar gusta gustan encanta amo te me se le les nos mi mis tu tus su sus yo ella ellos
    nosotros ustedes usted vosotros gracias hola adios buenos buenas dias noches tardes bueno buena malo mala mejor
    peor bien mal feliz amor hermano hermana hermosa amigo amigos amiga madre padre mama hijo hija gente vida mundo
    casa cosa cosas dia noche ano anos vez veces tiempo verdad mierda puta puto pendejo cabron idiota tonto estupido
    gran grande bonito bonita lindo linda hermoso nuevo nueva primero ojala claro entonces aunque mientras desde
    hasta cada asi tan tanto favor perdon siento entiendo entender asco pinche wey guey jaja jajaja jajajaja cancion
    saludos parte donde quedo falta trabajo dinero perro comida fiesta cumpleanos dormir
    cuanto cuanta cuantos cuesta salio segundo primer pequeno pequena saludo felicidades verdadera jeje pero
    alguna alguno ninguno ninguna fue fueron sera seria espero llegar llegado pasa paso pasado hablar habla hablando
    pues ahorita chido comentario pongan den suscribanse hombre mujer nino nina ninos igual juego jugar chica chico`,
  de: `der die das und ist ich du er sie wir ihr nicht ein eine einen einem einer eines kein keine keinen mit von zu
    zum zur bei auf aus nach vor fur uber unter ohne durch gegen um an am im in ins auch noch schon nur sehr mehr viel
    viele wenig immer nie niemals wieder hier dort da dann denn weil wenn ob dass daß als wie was wer wo wann warum
    wieso mein meine meinen dein deine deinen sein seine seinen unser euer mich dich sich uns euch mir dir ihm ihn
    ihnen bin bist sind seid war waren warst wird werden wurde wurden habe hab hast hat haben hatte hatten kann kannst
    konnen konnte muss musst mussen soll sollen sollte will willst wollen mag magst machen mach macht machst gemacht
    geht gehen geh komm kommt kommen sagen sagt gesagt weiss weiß wissen glaube denke finde sehen seh lass mal doch
    ja nein bitte danke hallo tschuss gut guten gute besser schlecht schon schone schoner toll super geil scheiße
    scheisse dumm arsch alle alles etwas nichts niemand jemand jeder jede jetzt heute morgen gestern abend nacht tag
    jahr jahre zeit leute mensch menschen kinder frau mann freund freunde liebe lieben leben welt haus auto geld arbeit
    lied hund katze echt wirklich eigentlich vielleicht naturlich genau ganz gar so aber oder also halt endlich klappe
    diese dieser dieses diesem diesen welche welcher jeden hilfe gluck spiel lust bisschen ahnung vielen dank herzlichen
    gluckwunsch zusammen weiter bleib konnt gerade trotzdem ihre ihren beim vom wohnst lacherlich
    hallo schaut schau kannte fand gibt kostet spielen spielt handy weg lang lange lieber finden sagte tut
    beste besten bester erste ersten guter guten bestimmt krass einfach keiner drauf dabei davon dazu`,
  fr: `le la les un une des du de et est es suis sommes etes sont etait ai as avons avez ont avait je tu il elle on nous
    vous ils elles ce cet cette ces ca cest que qui quoi dont ou quand comment pourquoi parce car mais donc ne pas plus
    jamais rien personne tout tous toute toutes tres trop peu beaucoup bien mal avec sans pour dans sur sous chez par
    entre vers depuis pendant avant apres mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs moi toi lui
    eux me te se au aux si comme aussi encore deja toujours souvent ici maintenant aujourd hui hier demain soir matin
    nuit jour jours an ans fois temps oui non merci bonjour bonsoir salut bonne bon bonnes mieux pire beau belle jolie
    grand grande petit petite gens monde vie amour ami amis amie mere pere frere soeur fille garcon homme femme enfant
    chose faire fait fais font faut dire dit dis veux veut voulez peux peut pouvez sais sait savoir vois voir va vais
    vas allez aller viens vient aime aimes adore deteste comprends pense crois merde putain con connard salope gueule
    ferme tais nul nulle debile vraiment meme quelque quelques quelqu quel quelle quels autre autres etre avoir voila
    alors rire mdr ptdr jai cest chanson musique chat chien froid fatigue journee anniversaire felicitations bravo
    courage bisous chaque puis celui celle ceux sera serait
    video faudrait voudrais trouve trouver moment premier premiere fille gars mec nana trop super dommage
    chanteuse chanter regarde regarder ecoute jour partout rigolo marrant`,
  pt: `que de da do das dos um uma uns umas e o os as na no nas nos em ao aos pelo pela pelos por para pra pro com sem
    sobre entre mas porque como quando onde quem qual muito muita muitos muitas mais menos tambem nunca sempre nada
    ninguem algo alguem tudo todo todos toda todas outro outra este esta isto esse essa isso aquele aquela aquilo aqui
    ali la agora hoje ontem amanha depois antes ja ainda sim nao sao era foi ser estar estou esta estao estava sou
    somos tenho tem temos tinha ter ha fazer faz fez faco pode posso podem poder quero quer queria sei sabe saber acho
    acredito digo diz dizer disse vou vai vamos vao ir vem ver vejo olha gosto gosta amo adoro te me se lhe nos meu
    minha meus minhas teu tua seu sua seus suas eu tu voce voces vc vcs ele ela eles elas gente obrigado obrigada oi
    ola tchau bom boa bons boas dia noite tarde bem mal melhor pior feliz amor irmao amigo amiga mae pai filho filha
    vida mundo casa coisa coisas ano anos vez tempo verdade merda porra caralho burro idiota chato lindo linda bonito
    novo nova primeiro entao enquanto desde ate cada assim tao tanto favor desculpa saudade saudades cara mano boca
    cala musica kkk kkkk kkkkk parabens deus ajuda queria dinheiro trabalho comer bolo povo jogo ficou fica incrivel
    cade mesmo so pois num numa
    gostei adorei adoram gostou amei legal otimo otima demais engracado engracada pq hj tb tbm mt vcs nossa caramba
    poxa quanto quantos alguma algum nenhum foram seria ficar pegar falar fala falando dizendo veja olhem assistir
    assistindo assisti crianca criancas menino menina mulher homem melhores pessoas pessoa brasileiro brasil meus
    sendo sei la ne hein deve devia parece perto longe acabou chegou comprar custa preco quanto neste nesse nessa nesta
    alias ei tava estavam valeu nem`,
  it: `che di il lo la gli le un uno una del dello della dei degli delle al allo alla ai agli alle dal dalla dai nel
    nello nella nei nelle sul sulla con per tra fra ma perche come quando dove chi quale cosa molto molta molti piu
    meno anche mai sempre niente nulla nessuno qualcosa qualcuno tutto tutti tutta tutte altro altra altri questo
    questa questi queste quello quella quelli qui qua adesso ora oggi ieri domani dopo prima gia ancora si no non sono
    sei siamo siete era ero erano essere stato stata ho hai ha abbiamo avete hanno avere avuto fare fai fa fanno fatto
    posso puoi puo possono potere voglio vuoi vuole vogliono so sai sa sanno sapere credo credere penso dico dice dire
    detto vado vai va andiamo andare vieni vedo vedi vedere guarda piace piacciono amo adoro ti mi ci vi si io tu lui
    lei noi voi loro mio mia miei mie tuo tua tuoi tue suo sua suoi sue grazie ciao buongiorno buona buono buon bella
    bello belli belle brutto bravo bravi meglio peggio bene male felice amore fratello sorella amico amici madre padre
    mamma figlio gente ragazzi vita mondo casa cose giorno giornata notte anno anni volta volte tempo verita merda
    cazzo vaffanculo stronzo stupido scemo idiota schifo grande nuovo nuova primo allora quindi mentre fino ogni cosi
    tanto troppo troppa proprio canzone auguri compleanno capisco capito finito mille dormire cane ecco dai davvero
    complimenti sta sto stai stavo siamo
    video bellissimo bellissima bellissimi ragazzo ragazza quanto quanti costa primo ultimo penso mio`,
  nl: `de het een en van ik je jij hij zij ze wij we jullie is zijn was waren ben bent niet geen met voor op aan in uit
    door over onder naar bij tot om te dat die dit deze wat wie waar wanneer waarom hoe als of maar want dus omdat ook
    nog al altijd nooit weer hier daar dan nu toen mijn jouw zijn haar ons onze hun mij jou hem heb hebt heeft hebben
    had hadden kan kunt kunnen kon moet moeten moest mag mogen wil wilt willen wilde zal zullen zou zouden word wordt
    worden werd doe doet doen deed gaat gaan ga ging gegaan kom komt komen zeg zegt zeggen gezegd weet weten denk
    vind vindt vinden zie ziet zien laat hou houd houden maak maken gemaakt ja nee bedankt dank hoi doei goed goede
    beter slecht mooi mooie leuk leuke lekker dom stom kut klootzak lul sukkel alles iets niets niks niemand iemand
    iedereen elke vandaag morgen gisteren avond nacht dag jaar tijd mensen man vrouw kind kinderen vriend vrienden
    liefde leven wereld huis auto geld werk hond kat liedje echt heel veel meer weinig gewoon misschien natuurlijk
    precies zo er eens even wel toch gefeliciteerd verjaardag succes jongen mond dicht hulp snap geloven steeds nieuwe
    twee uur zonder tegen tussen jammer hoor geslapen welke toch hele laatste eerste zelf
    ziek vet gaaf mooiste filmpje lachen lach grappig jonge meisje jongens mensen nederland`,
  tr: `ve bir bu su o ben sen biz siz onlar bana sana ona bize size beni seni onu bizi sizi benim senin onun bizim
    sizin degil var yok mi mu ne nasil neden niye nerede kim hangi kac icin ile gibi kadar ama fakat cunku eger ki de
    da daha en cok az hic her hep hicbir sey seyi seyler simdi bugun dun yarin sonra once hala artik yine tekrar evet
    hayir tamam lutfen tesekkur tesekkurler ederim sagol saol merhaba selam gunaydin iyi kotu guzel harika super buyuk
    kucuk yeni eski insan insanlar adam kadin kiz cocuk arkadas arkadaslar kardes kardesim abi anne baba hayat dunya
    ev araba para is zaman gun gece aksam sabah yil seviyorum sevmek seviyor istiyorum istiyor biliyor biliyorum
    bilmiyorum yapma yap yapiyor ediyor oldu olmus olsun olan olarak olur olacak oluyor gel git dedi diyor diyorsun
    lan ulan salak aptal aptalsin mal gerizekali aynen iste bence sanki bile sadece tam butun kimse allah ask askim
    canim hocam emeginize saglik kutlu dogum gunun sarki video videoyu izle izlemek gercekten acaba belki kes sus
    ya yani sarkisi olabilir degilsin zorunda nasilsiniz anlamadim saat
    mutlu yillar guzelmis cocuklar bunu sunu onun hangisi nerde mukemmel adam kanka reis yorum yok neyse`,
  pl: `i w z na do nie to ze sie jest sa byl byla bylo byli byc bede bedzie jestem jestes jestesmy ja ty on ona ono my
    wy oni mnie mi ciebie cie ci go jego jej ich nam nas was wam moj moja moje twoj twoja twoje swoj ten ta te tego tej
    tym tych ktory ktora ktore ktos cos co kto jak jaki jaka kiedy gdzie dlaczego czemu czy ale bo wiec oraz albo lub
    dla od po przez przed pod nad bez przy za o tak juz jeszcze tylko tez bardzo duzo malo wiecej zawsze nigdy nic nikt
    wszystko wszyscy wszystkim kazdy teraz dzis dzisiaj wczoraj jutro potem tu tutaj tam mam masz ma mamy maja miec
    moge mozesz moze mozna chce chcesz chcial wiem wiesz wie mysle robic robi robisz zrobil mowi mowisz powiedzial
    ide idz isc chodz widze zobacz lubie kocham uwielbiam prosze dziekuje dzieki czesc hej dzien dobry dobranoc dobra
    dobrze zle lepiej gorzej super fajny fajnie piekny piekna ladny glupi idiota idiota kurwa gowno debil pan pani
    ludzie czlowiek dziecko kobieta brat siostra matka ojciec zycie swiat dom praca pieniadze czas rok lat noc piosenka
    film naprawde chyba wlasnie no niech oby dalej pomoc zamknij jesli zeby poniewaz musi musze trzeba gratulacje
    rozumiem nadal nowy swietna pies sobie mu im o tobie
    fajna fajne swietne swietny pozdrawiam pozdro zajebiste zajebisty polska spoko ile razy kocham lubi`,
  id: `yang dan di ke dari ini itu untuk dengan pada tidak tak nggak gak ga enggak bukan jangan ada adalah saya aku gua
    gue kamu kau lu loe dia kami kita mereka anda kalian akan sudah udah telah belum masih lagi sedang bisa dapat harus
    mau ingin apa siapa kapan dimana mana kenapa mengapa bagaimana gimana karena kalau kalo jika tapi tetapi atau juga
    saja aja sangat sekali banget lebih paling semua setiap orang hari malam pagi siang sore besok kemarin sekarang
    nanti tahun waktu jam baru lama baik bagus jelek jahat bodoh goblok tolol anjing bangsat babi cinta sayang suka
    senang sedih marah takut makan minum tidur pergi pulang datang lihat nonton ditonton dengar bicara berbicara bilang
    tahu tau percaya mengerti kerja bekerja main rumah mobil uang anak ibu bapak ayah kakak adik teman cewek cowok
    terima kasih makasih tolong maaf halo selamat ulang semoga sukses terus lagu lagunya videonya bang kak min dong sih
    deh nih kok loh ya wkwk wkwkwk yg dgn utk tdk jgn sama seperti sampai jadi begitu diam enak keren mantap hidup mati
    dunia allah banyak sedikit panas hujan sepanjang dalam oleh hanya karna biar punya
    buat kak keren orangnya suaranya cantik ganteng selalu pernah ketika sudahlah kita semoga sehat`,
  sv: `och att det som en ett jag du han hon den vi ni de dem dom ar var varit vara inte ingen inget inga ingenting med
    av for pa till fran om nar var vad vem vilken vilket hur varfor dar har men eller ocksa bara sa mycket mer mest
    alltid aldrig igen nu da idag igar imorgon ikvall min mitt mina din ditt dina sin sitt sina hans hennes var vart
    mig dig sig oss er honom henne hade ha haft kan kunde ska skulle maste vill ville far fick gor gjorde gora gar
    gick ga kommer kom komma sager sa saga vet visste tror tycker tanker ser sag se ta tar ja nej tack hej snalla bra
    battre samst dalig fin fint vacker rolig roligt kul dum javla javlar fan skit alla allt nagot nagon nagra manga
    andra varje man kvinna barn van vanner folk manniskor liv livet varld hus bil pengar jobb jobba tid dag dagen natt
    ar ar mamma pappa syster bror alskar alska hatar laten lat hund katt hall kaften nog kanske verkligen precis helt
    redan fortfarande forsta fattar orkar under efter innan utan mellan over hela mot den har ett god allihopa hjalpen
    grattis fodelsedag kvall
    sjunger finns snygg snyggt varfor skrattar underbart underbar saknar tjej kille kollar alltsa`,
  vi: `va la cua co khong duoc cho voi nhung nay do kia thi ma nhu nen vi neu khi luc dang da se roi chua cung van con
    rat lam qua nhieu it hon nhat moi cac mot hai ba toi ban anh em chi minh chung ho may tao no ong ba con ai gi nao
    dau sao the bao gio hom ngay dem nam nguoi nha me bo con cai chiec biet hieu noi xem nghe thay muon thich yeu ghet
    an uong ngu di den ve lai ra vao len xuong tren duoi trong ngoai truoc sau cam on xin loi chao vui buon dep xau
    hay tot te ngon hat bai phim viec tien cuoc song chuc mung nhe nha a oi vay chi ghe het phai dung`,
  tl: `ang ng mga sa na ay at si ni kay ko mo ka ako ikaw siya sya kami tayo kayo sila niya nya nila natin namin ninyo
    niyo nyo kita akin iyo inyo atin amin ito iyan iyon yan yun yung nga ba po opo pa din rin lang naman daw raw kasi
    pero kung kapag pag dahil para hindi di wala walang may mayroon meron huwag wag oo sino ano anong saan kailan bakit
    paano ilan alin dito diyan doon ngayon kahapon bukas mamaya kanina lagi palagi muna ulit pala sana siguro talaga
    sobra grabe gusto ayaw alam mahal maganda ganda pangit bobo tanga gago putang ina tangina salamat kumusta kamusta
    magandang umaga gabi hapon araw buong bahay anak nanay tatay kapatid kuya lola lolo kaibigan tao bata babae lalaki
    buhay mundo kanta kumain pumunta bumili pupunta sabi sinabi gawin ginagawa lahat marami kaya galit pinoy pilipinas
    kang kong tong itong nang ngunit hanggang pang mong pong tulong maintindihan`,
  hi: `hai hain hu hun ho tha thi ka ki ke ko kya kyu kyun kyon kaun kab kahan kaha kaise kaisa kitna kitne main mai mein
    mujhe mera meri mere hum hame hamara tum tumhe tumhari tumhara tumne tumse tu tera teri tere aap aapka aapki aapke
    aapko woh wo yeh ye yahi iska iski uska uski usse unka inka nahi nahin nhi mat aur ya par lekin magar agar toh bhi
    hi sirf bahut bohot bhot kuch koi kisi sab sabhi apna apni apne accha acha achha acche badhiya bura bhai bhaiya
    behen didi yaar dost beta maa papa log ladka ladki aaj kal abhi phir fir jab tab tak se liye saath wala wali wale
    raha rahe rahi gaya gaye gayi kar karo karna karta karte karti kiya kiye diya dena lena liya hona hota hoti hua hui
    jao jana ja aao aana aaya aayi dekho dekh dekha suno bolo bol bolta raho chup pagal pyar dil zindagi duniya ghar
    paisa kaam din raat gaana gana pata samajh baat sach jhooth matlab shukriya dhanyavaad namaste chutiya madarchod
    bhenchod bc saala kutta pehle sunke isliye yakeen pasand mann`,
  ro: `si nu este sunt sa pe cu din pentru mai dar daca cand unde cine ce cum asa acum foarte mult multumesc buna
    asta acest aceasta eu tu el ea noi voi ei imi iti esti suntem aveam avem fost face vreau stiu place frumos bine
    rau oameni toata lumea niciodata intotdeauna si-a sau fara fi unui unei ca doar mereu acolo aici prea putin nimic
    nimeni cineva altceva ziua noapte stie putem poate trebuie vrea fac facut avea vedea spune prost`,
  da: `og ikke det er jeg du han hun vi til som med af har kan skal vil ville men hvad hvor hvorfor hvordan hvem nar
    mig dig sig os min din meget mere ogsa kun bare aldrig altid igen tak hej godt skon kaerlighed nogen noget ingen
    alle blev bliver efter denne fra jer deres hedder ved synes mange selv alligevel sadan saadan hvis fordi eller
    nej ja tro tror kommer gar gjorde blevet vaeret vaere mest folk dag aften elsker lort sikke flot smuk dum sjov
    lidt sammen hjem op ned ud ind havde haft sine sit mit dit dine vores`,
  cs: `je jsem jsi jsme jste jsou byl byla bylo neni ne ano to ten ta ale nebo protoze kdyz jak kde kdo co proc kdy uz
    jeste jen taky velmi moc dobre dobry den dekuji diky prosim ahoj mam mas muj moje tvuj ktery ktera neco nic nikdo
    vsechno lide zivot krasny krasna pisnicka jako takze jestli
    bude budu byt mela mel muze muzu chci chtel vim vi takhle tohle tenhle tahle tady tam dnes zitra vcera vzdy nikdy
    nekdo nechapu rad rada radi hezky hezka pekny spatny hodne malo lidi mne tebe sebe jeho jeji jejich nas vas ktere`,
  fi: `ja on ei se etta mina sina han me te he olen olet oli ovat niin kun mutta jos myos vain kuin mita missa miksi
    kuka koska hyva hyvin paljon kiitos moi hei nyt sitten aina kaikki tama tuo joka mun sun minun sinun ole voi pitaa
    rakastan ihan vittu perkele kaunis
    vasta koko ehka mika tassa tahan siina siita taas joku jotain mitaan kukaan aivan todella tosi pitaisi voisi
    haluan tiedan tieda tietaa tekee tehda meni mennaan tulee tuli tulla sano sanoi vaan vai eika enka ettei olisi
    oltiin meidan teidan heidan hanen minua sinua minulla sinulla kanssa ilman ennen jalkeen huono kiva ihana tyhma
    ilmainen paiva paivaa huomenna eilen tanaan`,
  hu: `es az hogy nem van volt lesz vagyok vagy ez meg csak mint ha de mar is nagyon jo szep koszonom szia miert mikor
    hol aki ami minden senki valaki most ma holnap tegnap szeretlek szeretem tudom akarok ember elet kell lehet nekem
    neked kurva
    neki velem veled olyan ilyen itt ott igy ugy azert akkor amikor ezt azt annak ennek vagyunk voltam voltak lenne
    lehetne szerintem tudja tudod megy jon kicsit sok keves mindig soha semmi rossz hulye kedves`,
  no: `og ikke det er jeg du han vi som med av har kan skal vil ville hva hvor hvorfor hvordan hvem naar deg seg oss
    dere min mitt din ditt veldig mye ogsa bare aldri alltid igjen takk hei bra kjaerlighet noen noe ingen ingenting
    alle ble blir etter denne dette fra deres heter ved synes mange selv nei ja eller fordi kommer gjor vet tror
    hadde vaert vaere enn saann nar mer mest folk dag gar kveld skjonner elsker kjempe drittsekk jaevla faen ikkje eg
    dei hvis litt sammen hjem ut inn opp ned`,
  hr: `je si smo ste su nisam nije nisu ne ili ali jer kad kada gdje tko ko sto zasto kako koji koja koje kojeg ovo
    ovaj ova taj ta ono moj moja moje tvoj tvoja nas nasa vas svi sve svaki nista netko nitko nesto uvijek nikad
    nikada vise manje samo jos vec sada danas sutra jucer ovdje tamo dobro dobar dobra lijepo lijep hvala molim bok
    volim znam znas zna mislim hocu zelim treba moze mogu moram bila bilo bili bih bismo biti imam imas nema za od na
    sa bez pod iz kod prije poslije nakon oko ljudi zivot covjek kuca puno jako bas te mu joj ga mi ti ona oni nju
    njega njih mene tebe sebe zbog ako kao jebote idiote`,
  sk: `je si sme ste su nie nebol bol bola bolo boli byt ano ale alebo pretoze lebo ked ako kde kto co preco uz este
    len tiez velmi dobre dobry dobra den dakujem vdaka prosim ahoj mas nemam moj moje tvoj tvoja nas vas ktory ktora
    ktore nieco nic nikto niekto vsetko vsetci kazdy ludia zivot krasny pekny pekna pekne lubim viem vie mozem moze
    chcem treba dnes zajtra vcera vzdy nikdy tu tam toto tento tato ta za od na bez pod pri pred po ze aj mi ti mu
    jej ho oni ona vy ich ju sebe svoj svoje hlupy`,
  sl: `je si smo ste nisem ni niso bil bila bilo bili biti bos bo bodo ali ker ko kje kdo kaj zakaj kako kateri
    katera ki ta tisti moj moja moje tvoj tvoja nas vas vsi vse vsak nic nekdo nihce nekaj vedno nikoli vec manj samo
    ze se zdaj danes jutri vceraj tukaj tam dobro dober dobra lepo lep hvala prosim zivjo imam imas nima vem ves
    ljubim mislim hocem zelim lahko moram treba za od na brez pod iz pri pred po okoli ljudje zivljenje clovek hisa
    zelo tako te mu ji ga mi ti ona oni njo njega njih mene tebe sebe zaradi ce kot tudi pa kar`,
  sw: `na kwa ni katika hii huyu hao hiyo hizi haya ile wale kama lakini au kwani sababu ili bila baada kabla sasa
    kesho jana sana pia tu bado kila wote yote zote mimi wewe yeye sisi nyinyi wao yangu yako yake yetu yenu wangu
    wako wake wetu changu chako nini nani wapi lini gani vipi kwanini ndiyo hapana asante karibu habari jambo rafiki
    mtu watu nyumba siku mwaka maisha mungu nzuri mbaya kubwa ndogo nina wana sina huna hana kuna hakuna nataka
    napenda nakupenda najua sijui nimekuwa alikuwa walikuwa kuwa kufanya kusema kwenda tafadhali pole mjinga`,
  ca: `que de la el les una uns unes del dels al als per amb sobre entre pero perque quan qui quin quina quins es ets
    som sou eren ha han hem heu havia estic esta estan estava fer fa faig vull vol volem puc pot poden saps se
    aixo aquest aquesta aquests aquestes aquell aquella aqui alla molt molta molts menys tambe mai sempre ara avui
    dema ahir bo gracies sisplau hola adeu si ni ja nomes tota tots res algu ningu cada meu meva teu teva seu
    seva nostre vostre ens em et li va vam vaig vas van ho gent vida casa cosa coses fins`,
  af: `en het van nie sal kan moet wil jy ek hy sy ons julle hulle jou hom haar met vir op aan uit om te tot deur oor
    onder maar omdat toe waar wie hoekom wanneer hierdie daardie daar hier baie nooit altyd weer nou vandag gister
    goed mooi dankie asseblief ja nee iets niks iemand niemand almal elke mense lewe huis dag sien weet dink gaan kom
    maak gemaak gesien jammer lekker sommer nog ook soos geword wees se si ander`,
  lt: `ir yra buvo kad kaip bet ar arba nes kur kas kodel kada kuris kuri kurie sis sita tas ta mano tavo jo jos musu
    jusu tu jis ji mes jie tau jam mane tave savo visi viskas visada niekada nieko niekas kazkas labai daugiau maziau
    tik dar jau dabar siandien rytoj vakar cia gerai geras gera aciu prasau labas myliu noriu zinau zino galiu gali
    reikia turiu turi nera nuo iki su po prie pries del zmones gyvenimas namai diena nebe taip ne gal tikrai`,
  lv: `un ir bija bus ka bet vai jo kad kur kas kapec kads kada kurs kura si tas ta mans mana tavs tava vina vinas
    musu jusu es tu vins mes tev vinam mani tevi savu savas visi viss vienmer nekad neko neviens kaut loti vairak
    mazak tikai vel jau tagad sodien rit vakar te tur labi labs laba paldies ludzu sveiki cau milu gribu zinu zina
    varu vajag nav lidz ar bez pec pirms del cilveki dzive majas diena ari ja ne nu esmu esi esam`,
  et: `ja ei oli ole olen oled oleme et aga voi kuid sest kui kus kes mis miks kuidas millal selle seda minu sinu
    tema meie teie nende ma sa ta te nad mulle sulle talle sind oma koik alati mitte kunagi midagi keegi vaga rohkem
    vahem ainult veel juba nuud praegu tana homme eile siin seal hasti hea aitah tanan palun tere armastan tahan tean
    teab saan saab pean peab vaja ilma parast enne juures kohta inimesed elu kodu paev ka nagu ikka lihtsalt ennast`,
  sq: `dhe eshte jane ishte ishin nuk ne te nga nje si por ose sepse kur ku kush cfare pse kjo ky ato ata ketu atje
    imja yne une ai ajo ju atij asaj vet vete gjithe gjithmone kurre asgje askush dikush shume pak vetem ende tani
    sot neser dje mire mir keq faleminderit lutem pershendetje dua dashuri duhet mund dini kemi keni kane kishte jam
    je jemi njerez jeta shtepi dite edhe pa deri pas para qe`,
}

/** Letters that point to languages, by ISO 639-1 code. English borrows some, so they never decide alone. */
export const tellingLetters: Readonly<Record<string, string>> = {
  es: 'ñ¿¡áéíóú',
  de: 'äöüß',
  fr: 'çéèêàùûôîœ',
  pt: 'ãõçáâéêíóú',
  it: 'àèìòù',
  tr: 'ğışçöüİ',
  pl: 'łąęśźżćńó',
  sv: 'åäö',
  da: 'åøæ',
  vi: 'đơưăâêôáàãíìúùýòóõéèạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ',
  ro: 'ăâîșțşţ',
  cs: 'ěščřžýáéíůúťď',
  fi: 'äö',
  hu: 'őűáéíóöúü',
  no: 'åøæ',
  hr: 'čćđšž',
  sk: 'ľĺŕäčďťňžšýáíéúô',
  sl: 'čšž',
  ca: 'çàèéíïòóúü',
  lt: 'ąčęėįšųūž',
  lv: 'āčēģīķļņšūž',
  et: 'õäöü',
  sq: 'ëç',
}
